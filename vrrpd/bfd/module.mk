# BFD sessions (RFC 5880, 5881).
noinst_LIBRARIES += vrrpd/bfd/libvrrpd_bfd.a
vrrpd_bfd_libvrrpd_bfd_a_SOURCES = 
