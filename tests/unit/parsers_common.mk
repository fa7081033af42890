check_PROGRAMS += tests/unit/parsers_common_test
tests_unit_parsers_common_test_SOURCES = \
  tests/unit/parsers/common/render_test.cc tests/unit/parsers/common/suggest_test.cc
tests_unit_parsers_common_test_CXXFLAGS = $(UNIT_CXXFLAGS)
tests_unit_parsers_common_test_LDADD = $(UNIT_LIBS) parsers/common/libparsers_common.a
TESTS += tests/unit/parsers_common_test
