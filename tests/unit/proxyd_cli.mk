check_PROGRAMS += tests/unit/proxyd_cli_test
tests_unit_proxyd_cli_test_SOURCES = tests/unit/proxyd/cli/bench.h \
  tests/unit/proxyd/cli/commands_test.cc tests/unit/proxyd/stats/answer_test.cc
tests_unit_proxyd_cli_test_CXXFLAGS = $(UNIT_CXXFLAGS)
tests_unit_proxyd_cli_test_LDADD = $(UNIT_LIBS) $(PROXYD_LIBS) $(PARSER_LIBS) $(LIB_LIBS) $(SYSTEM_LIBS)
TESTS += tests/unit/proxyd_cli_test
