# Unit tests of checkerd/driver. The drivers of the kernel are tested in network namespaces of the tests' own; the lab boots a
# kernel that has IPVS and runs ipvs_test in it.
CHECKERD_DRIVER_LIBS = checkerd/driver/libcheckerd_driver.a checkerd/core/libcheckerd_core.a keepalived/plan/libkeepalived_plan.a lib/plan/libplan.a parsers/keepalived/libkeepalived_parser.a parsers/common/libparsers_common.a \
  lib/netlink/libnetlink.a lib/net/libnet.a lib/event/libevent.a lib/base/libbase.a $(NL_LIBS) $(NFTABLES_LIBS) $(EV_LIBS) $(FMT_LIBS)
check_PROGRAMS += tests/unit/checkerd_ipvs_test
tests_unit_checkerd_ipvs_test_SOURCES = tests/unit/checkerd/driver/ipvs_test.cc tests/unit/lib/netlink/namespace.h
tests_unit_checkerd_ipvs_test_CXXFLAGS = $(UNIT_CXXFLAGS)
tests_unit_checkerd_ipvs_test_LDADD = $(UNIT_LIBS) $(CHECKERD_DRIVER_LIBS)
TESTS += tests/unit/checkerd_ipvs_test
check_PROGRAMS += tests/unit/checkerd_nftables_test
tests_unit_checkerd_nftables_test_SOURCES = tests/unit/checkerd/driver/nftables_test.cc tests/unit/checkerd/driver/slots_test.cc tests/unit/lib/netlink/namespace.h
tests_unit_checkerd_nftables_test_CXXFLAGS = $(UNIT_CXXFLAGS)
tests_unit_checkerd_nftables_test_LDADD = $(UNIT_LIBS) $(CHECKERD_DRIVER_LIBS)
TESTS += tests/unit/checkerd_nftables_test
