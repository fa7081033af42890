# Unit tests of lib/netlink: against the real kernel, in network namespaces of their own.
check_PROGRAMS += tests/unit/lib_netlink_test
tests_unit_lib_netlink_test_SOURCES = tests/unit/lib/netlink/netlink_test.cc \
  tests/unit/lib/netlink/ipvs_wire_test.cc tests/unit/lib/netlink/namespace.h
tests_unit_lib_netlink_test_CXXFLAGS = $(UNIT_CXXFLAGS)
tests_unit_lib_netlink_test_LDADD = $(UNIT_LIBS) lib/netlink/libnetlink.a lib/net/libnet.a lib/event/libevent.a \
  lib/base/libbase.a $(NL_LIBS) $(EV_LIBS) $(FMT_LIBS)
TESTS += tests/unit/lib_netlink_test
