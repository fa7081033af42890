check_PROGRAMS += tests/unit/proxyd_certificates_test
tests_unit_proxyd_certificates_test_SOURCES = tests/unit/proxyd/certificates/crt_list_text_test.cc tests/unit/proxyd/certificates/library_test.cc
tests_unit_proxyd_certificates_test_CXXFLAGS = $(UNIT_CXXFLAGS)
tests_unit_proxyd_certificates_test_LDADD = $(UNIT_LIBS) proxyd/certificates/libproxyd_certificates.a lib/tls/libtls.a lib/net/libnet.a lib/event/libevent.a \
  lib/base/libbase.a $(PROBE_SYSTEM_LIBS) $(EV_LIBS) $(FMT_LIBS)
TESTS += tests/unit/proxyd_certificates_test
