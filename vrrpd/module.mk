# The daemon: main wires the rooms together.
sbin_PROGRAMS += vrrpd/vrrpd
vrrpd_vrrpd_SOURCES = vrrpd/main.cc \
  vrrpd/check.cc vrrpd/check.h \
  vrrpd/daemon.cc vrrpd/daemon_desk.cc vrrpd/daemon_events.cc vrrpd/daemon_reload.cc vrrpd/daemon.h \
  vrrpd/node.cc vrrpd/node.h \
  vrrpd/logger.cc vrrpd/logger.h \
  vrrpd/pid_lock.cc vrrpd/pid_lock.h
noinst_LIBRARIES += vrrpd/libvrrpd_plain.a
vrrpd_libvrrpd_plain_a_SOURCES = vrrpd/command_line.cc vrrpd/command_line.h vrrpd/reload_plan.cc vrrpd/reload_plan.h
VRRPD_LIBS = vrrpd/libvrrpd_plain.a vrrpd/report/libvrrpd_report.a vrrpd/notify/libvrrpd_notify.a vrrpd/track/libvrrpd_track.a \
  vrrpd/bfd/libvrrpd_bfd.a vrrpd/kernel/libvrrpd_kernel.a vrrpd/core/libvrrpd_core.a
VRRPD_PARSER_LIBS = parsers/keepalived/libkeepalived_parser.a parsers/common/libparsers_common.a
vrrpd_vrrpd_LDADD = $(VRRPD_LIBS) $(VRRPD_PARSER_LIBS) $(LIB_LIBS) $(NETLINK_LIBS) $(CRYPTO_LIBS) $(SYSTEM_LIBS)
