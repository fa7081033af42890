check_PROGRAMS += tests/unit/proxyd_servers_test
tests_unit_proxyd_servers_test_SOURCES = \
  tests/unit/proxyd/servers/backend_test.cc tests/unit/proxyd/servers/changes_test.cc \
  tests/unit/proxyd/servers/checker_test.cc tests/unit/proxyd/servers/counters_test.cc \
  tests/unit/proxyd/servers/queue_test.cc tests/unit/proxyd/servers/takeover_test.cc tests/unit/proxyd/servers/fixture.h
tests_unit_proxyd_servers_test_CXXFLAGS = $(UNIT_CXXFLAGS)
tests_unit_proxyd_servers_test_LDADD = $(UNIT_LIBS) proxyd/servers/libproxyd_servers.a \
  proxyd/balance/libproxyd_balance.a $(PROBE_LIBS) lib/http/libhttp.a lib/net/libnet.a lib/event/libevent.a lib/base/libbase.a \
  $(PROBE_SYSTEM_LIBS) $(EV_LIBS) $(FMT_LIBS)
TESTS += tests/unit/proxyd_servers_test
