check_PROGRAMS += tests/unit/proxyd_explain_test
TESTS += tests/unit/proxyd_explain_test
tests_unit_proxyd_explain_test_SOURCES = tests/unit/proxyd/explain/question_test.cc
tests_unit_proxyd_explain_test_CXXFLAGS = $(UNIT_CXXFLAGS)
tests_unit_proxyd_explain_test_LDADD = $(UNIT_LIBS) proxyd/explain/libproxyd_explain.a lib/net/libnet.a lib/base/libbase.a $(FMT_LIBS)
