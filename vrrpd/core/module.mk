# pure: packets and the state machine.
noinst_LIBRARIES += vrrpd/core/libvrrpd_core.a
vrrpd_core_libvrrpd_core_a_SOURCES = vrrpd/core/engine.h vrrpd/core/packet.h
