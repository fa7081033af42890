# Unit tests of checkerd/report and of checkerd's own files.
check_PROGRAMS += tests/unit/checkerd_report_test
tests_unit_checkerd_report_test_SOURCES = tests/unit/checkerd/report/commands_test.cc tests/unit/checkerd/report/texts_test.cc \
  tests/unit/checkerd/report/fake_desk.h tests/unit/checkerd/core/things.h
tests_unit_checkerd_report_test_CXXFLAGS = $(UNIT_CXXFLAGS)
tests_unit_checkerd_report_test_LDADD = $(UNIT_LIBS) checkerd/report/libcheckerd_report.a checkerd/core/libcheckerd_core.a keepalived/plan/libkeepalived_plan.a lib/plan/libplan.a \
  parsers/keepalived/libkeepalived_parser.a parsers/common/libparsers_common.a lib/runtime/libruntime.a lib/metrics/libmetrics.a lib/net/libnet.a \
  lib/event/libevent.a lib/base/libbase.a $(EV_LIBS) $(FMT_LIBS)
TESTS += tests/unit/checkerd_report_test

check_PROGRAMS += tests/unit/checkerd_test
tests_unit_checkerd_test_SOURCES = tests/unit/checkerd/owned_file_test.cc tests/unit/checkerd/sync_daemons_test.cc \
  checkerd/owned_file.cc checkerd/sync_daemons.cc
tests_unit_checkerd_test_CXXFLAGS = $(UNIT_CXXFLAGS)
tests_unit_checkerd_test_LDADD = $(UNIT_LIBS) checkerd/core/libcheckerd_core.a keepalived/plan/libkeepalived_plan.a lib/plan/libplan.a keepalived/libkeepalived_shared.a parsers/keepalived/libkeepalived_parser.a \
  parsers/common/libparsers_common.a lib/runtime/libruntime.a lib/net/libnet.a lib/event/libevent.a lib/base/libbase.a $(EV_LIBS) $(FMT_LIBS)
TESTS += tests/unit/checkerd_test
