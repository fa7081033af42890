check_PROGRAMS += tests/unit/lib_probe_test
tests_unit_lib_probe_test_SOURCES = tests/unit/lib/probe/probe_test.cc tests/unit/lib/probe/peer.h
tests_unit_lib_probe_test_CXXFLAGS = $(UNIT_CXXFLAGS)
tests_unit_lib_probe_test_LDADD = $(UNIT_LIBS) lib/probe/libprobe.a lib/http/libhttp.a lib/net/libnet.a \
  lib/event/libevent.a lib/base/libbase.a $(EV_LIBS) $(FMT_LIBS)
TESTS += tests/unit/lib_probe_test
