# proxyd/session.
check_PROGRAMS += tests/unit/proxyd_session_test
tests_unit_proxyd_session_test_SOURCES = tests/unit/proxyd/session/pump_test.cc tests/unit/proxyd/session/cookie_dates_test.cc \
  tests/unit/proxyd/session/pace_test.cc
tests_unit_proxyd_session_test_CXXFLAGS = $(UNIT_CXXFLAGS)
tests_unit_proxyd_session_test_LDADD = $(UNIT_LIBS) proxyd/session/libproxyd_session.a lib/http/libhttp.a \
  lib/net/libnet.a lib/event/libevent.a lib/base/libbase.a $(EV_LIBS) $(FMT_LIBS)
TESTS += tests/unit/proxyd_session_test
