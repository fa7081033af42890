# What the kernel holds for us: interfaces, addresses, routes, rules, VMACs, firewall, raw sockets.
noinst_LIBRARIES += vrrpd/kernel/libvrrpd_kernel.a
vrrpd_kernel_libvrrpd_kernel_a_SOURCES = \
  vrrpd/kernel/addresses.cc vrrpd/kernel/addresses.h \
  vrrpd/kernel/announce_frame.cc vrrpd/kernel/announce_frame.h \
  vrrpd/kernel/announcer.cc vrrpd/kernel/announcer.h \
  vrrpd/kernel/convert.cc vrrpd/kernel/convert.h \
  vrrpd/kernel/duplicate_watch.cc vrrpd/kernel/duplicate_watch.h \
  vrrpd/kernel/firewall.cc vrrpd/kernel/firewall.h \
  vrrpd/kernel/firewall_rules.cc vrrpd/kernel/firewall_rules.h \
  vrrpd/kernel/interfaces.cc vrrpd/kernel/interfaces.h \
  vrrpd/kernel/leftovers.cc vrrpd/kernel/leftovers.h \
  vrrpd/kernel/linkbeat.cc vrrpd/kernel/linkbeat.h \
  vrrpd/kernel/log.h \
  vrrpd/kernel/raw_socket.cc vrrpd/kernel/raw_socket.h \
  vrrpd/kernel/statics.cc vrrpd/kernel/statics.h \
  vrrpd/kernel/sysctls.cc vrrpd/kernel/sysctls.h \
  vrrpd/kernel/transport.cc vrrpd/kernel/transport.h \
  vrrpd/kernel/vmac.cc vrrpd/kernel/vmac.h
