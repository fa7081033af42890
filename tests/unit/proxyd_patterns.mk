check_PROGRAMS += tests/unit/proxyd_patterns_test
tests_unit_proxyd_patterns_test_SOURCES = tests/unit/proxyd/patterns/list_test.cc tests/unit/proxyd/patterns/ranges_test.cc
tests_unit_proxyd_patterns_test_CXXFLAGS = $(UNIT_CXXFLAGS)
tests_unit_proxyd_patterns_test_LDADD = $(UNIT_LIBS) proxyd/patterns/libproxyd_patterns.a $(LIB_LIBS) $(SYSTEM_LIBS)
TESTS += tests/unit/proxyd_patterns_test
