check_PROGRAMS += tests/unit/lib_probe_test
tests_unit_lib_probe_test_SOURCES = tests/unit/lib/probe/probe_test.cc tests/unit/lib/probe/codecs_test.cc tests/unit/lib/probe/grpc_health_test.cc tests/unit/lib/probe/name_lookup_test.cc \
  tests/unit/lib/probe/body_pattern_test.cc tests/unit/lib/probe/page_test.cc \
  tests/unit/lib/probe/tls_peer.h tests/unit/lib/probe/datagrams.h tests/unit/lib/probe/peer.h
tests_unit_lib_probe_test_CXXFLAGS = $(UNIT_CXXFLAGS)
tests_unit_lib_probe_test_LDADD = $(UNIT_LIBS) $(PROBE_LIBS) lib/http/libhttp.a lib/net/libnet.a \
  lib/event/libevent.a lib/base/libbase.a $(PROBE_SYSTEM_LIBS) $(EV_LIBS) $(FMT_LIBS)
TESTS += tests/unit/lib_probe_test
