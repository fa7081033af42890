# What vrrpd reads from outside: its configuration, adverts, BFD packets.
check_PROGRAMS += tests/fuzz/keepalived_conf_fuzz tests/fuzz/vrrp_packet_fuzz tests/fuzz/bfd_packet_fuzz
tests_fuzz_keepalived_conf_fuzz_SOURCES = tests/fuzz/keepalived_conf_fuzz.cc
tests_fuzz_keepalived_conf_fuzz_LDFLAGS = $(AM_LDFLAGS) $(FUZZ_LDFLAGS)
tests_fuzz_keepalived_conf_fuzz_LDADD = $(FUZZ_MAIN) parsers/keepalived/libkeepalived_parser.a parsers/common/libparsers_common.a \
  lib/net/libnet.a lib/base/libbase.a $(FMT_LIBS)
tests_fuzz_vrrp_packet_fuzz_SOURCES = tests/fuzz/vrrp_packet_fuzz.cc
tests_fuzz_vrrp_packet_fuzz_LDFLAGS = $(AM_LDFLAGS) $(FUZZ_LDFLAGS)
tests_fuzz_vrrp_packet_fuzz_LDADD = $(FUZZ_MAIN) vrrpd/core/libvrrpd_core.a lib/net/libnet.a lib/base/libbase.a $(FMT_LIBS)
# Not the whole of vrrpd/bfd: clang 14 cannot build its coroutines with fuzzing on.
tests_fuzz_bfd_packet_fuzz_SOURCES = tests/fuzz/bfd_packet_fuzz.cc keepalived/bfd/control_packet.cc keepalived/bfd/session.cc
tests_fuzz_bfd_packet_fuzz_LDFLAGS = $(AM_LDFLAGS) $(FUZZ_LDFLAGS)
tests_fuzz_bfd_packet_fuzz_LDADD = $(FUZZ_MAIN) lib/base/libbase.a $(FMT_LIBS)
if !FUZZING
TESTS += tests/fuzz/keepalived_conf_fuzz tests/fuzz/vrrp_packet_fuzz tests/fuzz/bfd_packet_fuzz
endif
