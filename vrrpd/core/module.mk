# pure: packets and the state machine.
noinst_LIBRARIES += vrrpd/core/libvrrpd_core.a
vrrpd_core_libvrrpd_core_a_SOURCES = \
  vrrpd/core/ah.cc vrrpd/core/ah.h \
  vrrpd/core/auth_trailer.cc vrrpd/core/auth_trailer.h \
  vrrpd/core/engine.cc vrrpd/core/engine.h \
  vrrpd/core/packet.cc vrrpd/core/packet.h \
  vrrpd/core/receive.cc vrrpd/core/receive.h \
  vrrpd/core/router.cc vrrpd/core/router.h
