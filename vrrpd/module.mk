# The daemon: main wires the rooms together.
sbin_PROGRAMS += vrrpd/vrrpd
vrrpd_vrrpd_SOURCES = vrrpd/main.cc \
  vrrpd/caretaker.cc vrrpd/caretaker.h \
  vrrpd/daemon.cc vrrpd/daemon_desk.cc vrrpd/daemon_events.cc vrrpd/daemon_reload.cc vrrpd/daemon.h \
  vrrpd/node.cc vrrpd/node.h
noinst_LIBRARIES += vrrpd/libvrrpd_plain.a
vrrpd_libvrrpd_plain_a_SOURCES = vrrpd/reload_plan.cc vrrpd/reload_plan.h
VRRPD_LIBS = vrrpd/libvrrpd_plain.a vrrpd/report/libvrrpd_report.a vrrpd/notify/libvrrpd_notify.a vrrpd/track/libvrrpd_track.a \
  vrrpd/kernel/libvrrpd_kernel.a vrrpd/core/libvrrpd_core.a $(KEEPALIVED_LIBS)
VRRPD_PARSER_LIBS = parsers/keepalived/libkeepalived_parser.a parsers/common/libparsers_common.a
vrrpd_vrrpd_LDADD = $(VRRPD_LIBS) $(VRRPD_PARSER_LIBS) $(LIB_LIBS) $(NETLINK_LIBS) $(CRYPTO_LIBS) $(SYSTEM_LIBS)
