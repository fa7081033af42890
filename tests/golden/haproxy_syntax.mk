# File syntax of haproxy.cfg. After a wanted change: srcdir=.. tests/golden/haproxy_syntax_golden --update
check_PROGRAMS += tests/golden/haproxy_syntax_golden
tests_golden_haproxy_syntax_golden_SOURCES = tests/golden/haproxy_syntax_golden.cc
tests_golden_haproxy_syntax_golden_CXXFLAGS = $(UNIT_CXXFLAGS)
tests_golden_haproxy_syntax_golden_LDADD = $(PARSER_LIBS) lib/base/libbase.a $(FMT_LIBS)
TESTS += tests/golden/haproxy_syntax_golden
EXTRA_DIST += tests/golden/haproxy_syntax
