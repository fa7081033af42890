# Unit tests of vrrpd/kernel: against the real kernel, in network namespaces of their own.
check_PROGRAMS += tests/unit/vrrpd_kernel_test
tests_unit_vrrpd_kernel_test_SOURCES = \
  tests/unit/vrrpd/kernel/addresses_test.cc \
  tests/unit/vrrpd/kernel/announcer_test.cc tests/unit/vrrpd/kernel/duplicate_watch_test.cc \
  tests/unit/vrrpd/kernel/interfaces_test.cc tests/unit/vrrpd/kernel/leftovers_test.cc \
  tests/unit/vrrpd/kernel/sysctls_test.cc \
  tests/unit/vrrpd/kernel/transport_test.cc \
  tests/unit/vrrpd/kernel/twin_test.cc \
  tests/unit/vrrpd/kernel/vmac_test.cc
tests_unit_vrrpd_kernel_test_CXXFLAGS = $(UNIT_CXXFLAGS)
tests_unit_vrrpd_kernel_test_LDADD = $(UNIT_LIBS) vrrpd/kernel/libvrrpd_kernel.a $(KEEPALIVED_LIBS) lib/netlink/libnetlink.a \
  lib/net/libnet.a lib/event/libevent.a lib/base/libbase.a $(NL_LIBS) $(NFTABLES_LIBS) $(EV_LIBS) $(FMT_LIBS)
TESTS += tests/unit/vrrpd_kernel_test
