# Unit tests of lib/netlink.
