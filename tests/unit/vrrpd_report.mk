# Unit tests of vrrpd/report.
check_PROGRAMS += tests/unit/vrrpd_report_test
tests_unit_vrrpd_report_test_SOURCES = tests/unit/vrrpd/report/report_test.cc
tests_unit_vrrpd_report_test_CXXFLAGS = $(UNIT_CXXFLAGS)
tests_unit_vrrpd_report_test_LDADD = $(UNIT_LIBS) vrrpd/report/libvrrpd_report.a vrrpd/core/libvrrpd_core.a lib/runtime/libruntime.a \
  lib/net/libnet.a lib/event/libevent.a lib/base/libbase.a $(EV_LIBS) $(FMT_LIBS)
TESTS += tests/unit/vrrpd_report_test
