# Addresses, prefixes and sockets.
noinst_LIBRARIES += lib/net/libnet.a
lib_net_libnet_a_SOURCES = \
  lib/net/address.cc lib/net/address.h \
  lib/net/descriptors.cc lib/net/descriptors.h \
  lib/net/namespace.cc lib/net/namespace.h \
  lib/net/proxy_header.cc lib/net/proxy_header.h \
  lib/net/socket.cc lib/net/socket.h \
  lib/net/tls_hello.cc lib/net/tls_hello.h
