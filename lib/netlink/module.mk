# libnl: links, addresses, routes, rules and what changes in them.
noinst_LIBRARIES += lib/netlink/libnetlink.a
lib_netlink_libnetlink_a_SOURCES = \
  lib/netlink/address.cc \
  lib/netlink/conntrack.cc lib/netlink/conntrack.h \
  lib/netlink/encapsulation.cc \
  lib/netlink/exchange.cc \
  lib/netlink/ipvs.cc lib/netlink/ipvs.h \
  lib/netlink/ipvs_wire.cc lib/netlink/ipvs_wire.h \
  lib/netlink/link.cc \
  lib/netlink/monitor.cc \
  lib/netlink/netlink.cc lib/netlink/netlink.h \
  lib/netlink/nft_counters.cc lib/netlink/nft_counters.h \
  lib/netlink/nftables.cc lib/netlink/nftables.h \
  lib/netlink/route.cc \
  lib/netlink/rule.cc \
  lib/netlink/sysctl.cc \
  lib/netlink/wire.cc lib/netlink/wire.h
