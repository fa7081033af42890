# BFD sessions (RFC 5880, 5881).
noinst_LIBRARIES += keepalived/bfd/libkeepalived_bfd.a
keepalived_bfd_libkeepalived_bfd_a_SOURCES = \
  keepalived/bfd/control_packet.cc keepalived/bfd/control_packet.h \
  keepalived/bfd/session.cc keepalived/bfd/session.h \
  keepalived/bfd/sessions.cc keepalived/bfd/sessions.h
