# Unit tests of checkerd/core.
check_PROGRAMS += tests/unit/checkerd_core_test
tests_unit_checkerd_core_test_SOURCES = tests/unit/checkerd/core/pool_test.cc tests/unit/checkerd/core/weight_test.cc \
  tests/unit/checkerd/core/pool_reload_test.cc tests/unit/checkerd/core/reload_plan_test.cc \
  tests/unit/checkerd/core/service_test.cc tests/unit/checkerd/core/reconcile_test.cc tests/unit/checkerd/core/property_test.cc \
  tests/unit/checkerd/core/chance.h tests/unit/checkerd/core/things.h
tests_unit_checkerd_core_test_CXXFLAGS = $(UNIT_CXXFLAGS)
tests_unit_checkerd_core_test_LDADD = $(UNIT_LIBS) checkerd/core/libcheckerd_core.a keepalived/plan/libkeepalived_plan.a lib/plan/libplan.a parsers/keepalived/libkeepalived_parser.a \
  parsers/common/libparsers_common.a lib/net/libnet.a lib/base/libbase.a $(FMT_LIBS)
TESTS += tests/unit/checkerd_core_test
