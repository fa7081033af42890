check_PROGRAMS += tests/unit/proxyd_master_test
tests_unit_proxyd_master_test_SOURCES = tests/unit/proxyd/master/roster_test.cc tests/unit/proxyd/master/watchdog_test.cc tests/unit/proxyd/master/words_test.cc \
  tests/unit/proxyd/listen/handover_test.cc
tests_unit_proxyd_master_test_CXXFLAGS = $(UNIT_CXXFLAGS)
tests_unit_proxyd_master_test_LDADD = $(UNIT_LIBS) proxyd/master/libproxyd_master.a proxyd/listen/libproxyd_listen.a \
  lib/runtime/libruntime.a lib/process/libprocess.a lib/net/libnet.a lib/event/libevent.a lib/base/libbase.a $(EV_LIBS) $(FMT_LIBS) $(CAPNG_LIBS)
TESTS += tests/unit/proxyd_master_test
