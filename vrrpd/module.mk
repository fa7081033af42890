# The daemon: main wires the rooms together.
VRRPD_LIBS = vrrpd/report/libvrrpd_report.a vrrpd/notify/libvrrpd_notify.a vrrpd/track/libvrrpd_track.a \
  vrrpd/bfd/libvrrpd_bfd.a vrrpd/kernel/libvrrpd_kernel.a vrrpd/core/libvrrpd_core.a
VRRPD_PARSER_LIBS = parsers/keepalived/libkeepalived_parser.a parsers/common/libparsers_common.a
