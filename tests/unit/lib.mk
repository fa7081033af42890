# lib/event and lib/net.
check_PROGRAMS += tests/unit/lib_plan_test
tests_unit_lib_plan_test_SOURCES = tests/unit/lib/plan/plan_test.cc
tests_unit_lib_plan_test_CXXFLAGS = $(UNIT_CXXFLAGS)
tests_unit_lib_plan_test_LDADD = $(UNIT_LIBS) lib/plan/libplan.a lib/base/libbase.a $(FMT_LIBS)
TESTS += tests/unit/lib_plan_test
check_PROGRAMS += tests/unit/lib_event_test tests/unit/lib_net_test
tests_unit_lib_event_test_SOURCES = tests/unit/lib/event/event_test.cc tests/unit/lib/event/child_test.cc tests/unit/lib/event/aside_test.cc \
  tests/unit/lib/event/run_until.h
tests_unit_lib_event_test_CXXFLAGS = $(UNIT_CXXFLAGS)
tests_unit_lib_event_test_LDADD = $(UNIT_LIBS) lib/event/libevent.a lib/base/libbase.a $(EV_LIBS) $(FMT_LIBS)
tests_unit_lib_net_test_SOURCES = tests/unit/lib/net/net_test.cc tests/unit/lib/net/proxy_header_test.cc tests/unit/lib/net/tls_hello_test.cc
tests_unit_lib_net_test_CXXFLAGS = $(UNIT_CXXFLAGS)
tests_unit_lib_net_test_LDADD = $(UNIT_LIBS) lib/net/libnet.a lib/base/libbase.a $(FMT_LIBS)
TESTS += tests/unit/lib_event_test tests/unit/lib_net_test
