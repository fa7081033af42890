# proxyd/listen.
check_PROGRAMS += tests/unit/proxyd_listen_test
tests_unit_proxyd_listen_test_SOURCES = tests/unit/proxyd/listen/limit_waiters_test.cc
tests_unit_proxyd_listen_test_CXXFLAGS = $(UNIT_CXXFLAGS)
tests_unit_proxyd_listen_test_LDADD = $(UNIT_LIBS) proxyd/listen/libproxyd_listen.a \
  proxyd/servers/libproxyd_servers.a lib/net/libnet.a lib/event/libevent.a \
  lib/base/libbase.a $(EV_LIBS) $(FMT_LIBS)
TESTS += tests/unit/proxyd_listen_test
