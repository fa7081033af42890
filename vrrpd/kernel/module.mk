# What the kernel holds for us: interfaces, addresses, routes, rules, VMACs, firewall, raw sockets.
noinst_LIBRARIES += vrrpd/kernel/libvrrpd_kernel.a
vrrpd_kernel_libvrrpd_kernel_a_SOURCES = 
