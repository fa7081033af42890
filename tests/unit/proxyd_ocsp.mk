check_PROGRAMS += tests/unit/proxyd_ocsp_test
tests_unit_proxyd_ocsp_test_SOURCES = tests/unit/proxyd/ocsp/schedule_test.cc tests/unit/proxyd/ocsp/exchange_text_test.cc
tests_unit_proxyd_ocsp_test_CXXFLAGS = $(UNIT_CXXFLAGS)
tests_unit_proxyd_ocsp_test_LDADD = $(UNIT_LIBS) proxyd/ocsp/libproxyd_ocsp.a lib/http/libhttp.a lib/base/libbase.a $(FMT_LIBS)
TESTS += tests/unit/proxyd_ocsp_test
