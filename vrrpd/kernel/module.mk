# What the kernel holds for us: interfaces, addresses, routes, rules, VMACs, firewall, raw sockets.
noinst_LIBRARIES += vrrpd/kernel/libvrrpd_kernel.a
vrrpd_kernel_libvrrpd_kernel_a_SOURCES = \
  vrrpd/kernel/announce_frame.cc vrrpd/kernel/announce_frame.h \
  vrrpd/kernel/announcer.cc vrrpd/kernel/announcer.h \
  vrrpd/kernel/interfaces.cc vrrpd/kernel/interfaces.h \
  vrrpd/kernel/log.h \
  vrrpd/kernel/raw_socket.cc vrrpd/kernel/raw_socket.h \
  vrrpd/kernel/transport.cc vrrpd/kernel/transport.h
