check_PROGRAMS += tests/unit/parsers_haproxy_test
tests_unit_parsers_haproxy_test_SOURCES = \
  tests/unit/parsers/haproxy/condition_test.cc tests/unit/parsers/haproxy/files_test.cc \
  tests/unit/parsers/haproxy/logformat_test.cc tests/unit/parsers/haproxy/mutation_test.cc \
  tests/unit/parsers/haproxy/sample_test.cc \
  tests/unit/parsers/haproxy/tree_test.cc
tests_unit_parsers_haproxy_test_CXXFLAGS = $(UNIT_CXXFLAGS)
tests_unit_parsers_haproxy_test_LDADD = $(UNIT_LIBS) $(PARSER_LIBS) lib/base/libbase.a $(FMT_LIBS)
TESTS += tests/unit/parsers_haproxy_test
