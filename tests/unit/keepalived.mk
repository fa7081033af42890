# Unit tests of keepalived.
check_PROGRAMS += tests/unit/keepalived_test
tests_unit_keepalived_test_SOURCES = tests/unit/keepalived/bfd_test.cc tests/unit/keepalived/command_line_test.cc tests/unit/keepalived/confine_test.cc \
  tests/unit/keepalived/dump_file_test.cc tests/unit/keepalived/event_line_test.cc tests/unit/keepalived/host_system_test.cc \
  tests/unit/keepalived/pid_lock_test.cc tests/unit/keepalived/reload_schedule_test.cc tests/unit/keepalived/supervision_test.cc
tests_unit_keepalived_test_CXXFLAGS = $(UNIT_CXXFLAGS)
tests_unit_keepalived_test_LDADD = $(UNIT_LIBS) keepalived/supervision/libkeepalived_supervision.a $(KEEPALIVED_LIBS) parsers/keepalived/libkeepalived_parser.a parsers/common/libparsers_common.a lib/netlink/libnetlink.a \
  lib/metrics/libmetrics.a lib/process/libprocess.a lib/net/libnet.a lib/event/libevent.a \
  lib/base/libbase.a $(NL_LIBS) $(NFTABLES_LIBS) $(EV_LIBS) $(FMT_LIBS) $(CAPNG_LIBS)
TESTS += tests/unit/keepalived_test
