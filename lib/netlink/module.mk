# libnl: links, addresses, routes, rules and what changes in them.
noinst_LIBRARIES += lib/netlink/libnetlink.a
lib_netlink_libnetlink_a_SOURCES = lib/netlink/netlink.h
