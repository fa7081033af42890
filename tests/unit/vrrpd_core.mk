# Unit tests of vrrpd/core.
check_PROGRAMS += tests/unit/vrrpd_core_test
tests_unit_vrrpd_core_test_SOURCES = tests/unit/vrrpd/core/ah_test.cc tests/unit/vrrpd/core/auth_trailer_test.cc tests/unit/vrrpd/core/engine_test.cc tests/unit/vrrpd/core/packet_test.cc
tests_unit_vrrpd_core_test_CXXFLAGS = $(UNIT_CXXFLAGS)
tests_unit_vrrpd_core_test_LDADD = $(UNIT_LIBS) vrrpd/core/libvrrpd_core.a lib/crypto/libcrypto_digests.a lib/net/libnet.a lib/base/libbase.a $(FMT_LIBS) $(CRYPTO_LIBS)
TESTS += tests/unit/vrrpd_core_test
