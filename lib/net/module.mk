noinst_LIBRARIES += lib/net/libnet.a
lib_net_libnet_a_SOURCES =
