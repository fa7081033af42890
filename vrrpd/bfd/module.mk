# BFD sessions (RFC 5880, 5881).
noinst_LIBRARIES += vrrpd/bfd/libvrrpd_bfd.a
vrrpd_bfd_libvrrpd_bfd_a_SOURCES = \
  vrrpd/bfd/control_packet.cc vrrpd/bfd/control_packet.h \
  vrrpd/bfd/session.cc vrrpd/bfd/session.h \
  vrrpd/bfd/sessions.cc vrrpd/bfd/sessions.h
