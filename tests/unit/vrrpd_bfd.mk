# Unit tests of vrrpd/bfd.
check_PROGRAMS += tests/unit/vrrpd_bfd_test
tests_unit_vrrpd_bfd_test_SOURCES = tests/unit/vrrpd/bfd/bfd_test.cc
tests_unit_vrrpd_bfd_test_CXXFLAGS = $(UNIT_CXXFLAGS)
tests_unit_vrrpd_bfd_test_LDADD = $(UNIT_LIBS) vrrpd/bfd/libvrrpd_bfd.a parsers/keepalived/libkeepalived_parser.a parsers/common/libparsers_common.a lib/net/libnet.a lib/event/libevent.a \
  lib/base/libbase.a $(EV_LIBS) $(FMT_LIBS)
TESTS += tests/unit/vrrpd_bfd_test
