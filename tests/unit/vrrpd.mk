# Unit tests of vrrpd.
check_PROGRAMS += tests/unit/vrrpd_test
tests_unit_vrrpd_test_SOURCES = tests/unit/vrrpd/reload_plan_test.cc
tests_unit_vrrpd_test_CXXFLAGS = $(UNIT_CXXFLAGS)
tests_unit_vrrpd_test_LDADD = $(UNIT_LIBS) vrrpd/libvrrpd_plain.a keepalived/plan/libkeepalived_plan.a parsers/keepalived/libkeepalived_parser.a parsers/common/libparsers_common.a lib/net/libnet.a lib/plan/libplan.a lib/base/libbase.a $(FMT_LIBS)
TESTS += tests/unit/vrrpd_test
