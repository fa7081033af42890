check_PROGRAMS += tests/unit/proxyd_reload_test
TESTS += tests/unit/proxyd_reload_test
tests_unit_proxyd_reload_test_SOURCES = tests/unit/proxyd/reload/plan_test.cc tests/unit/proxyd/config/loaded.h
tests_unit_proxyd_reload_test_CXXFLAGS = $(UNIT_CXXFLAGS)
tests_unit_proxyd_reload_test_LDADD = $(UNIT_LIBS) proxyd/reload/libproxyd_reload.a lib/plan/libplan.a proxyd/config/libproxyd_config.a proxyd/ocsp/libproxyd_ocsp.a \
  proxyd/certificates/libproxyd_certificates.a proxyd/rules/libproxyd_rules.a $(SAMPLES_TEST_LIBS)
