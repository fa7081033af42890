check_PROGRAMS += tests/unit/lib_tls_test
tests_unit_lib_tls_test_SOURCES = tests/unit/lib/tls/server_test.cc tests/unit/lib/tls/runtime_test.cc tests/unit/lib/tls/forger_test.cc tests/unit/lib/tls/certificate_facts_test.cc tests/unit/lib/tls/notes_test.cc tests/unit/lib/tls/ocsp_question_test.cc tests/unit/lib/tls/made_certificate.h
tests_unit_lib_tls_test_CXXFLAGS = $(UNIT_CXXFLAGS)
tests_unit_lib_tls_test_LDADD = $(UNIT_LIBS) lib/tls/libtls.a lib/crypto/libcrypto_digests.a lib/net/libnet.a lib/event/libevent.a lib/base/libbase.a $(PROBE_SYSTEM_LIBS) $(EV_LIBS) $(FMT_LIBS)
TESTS += tests/unit/lib_tls_test
