# Unit tests of vrrpd/track.
check_PROGRAMS += tests/unit/vrrpd_track_test
tests_unit_vrrpd_track_test_SOURCES = tests/unit/vrrpd/track/track_test.cc
tests_unit_vrrpd_track_test_CXXFLAGS = $(UNIT_CXXFLAGS)
tests_unit_vrrpd_track_test_LDADD = $(UNIT_LIBS) vrrpd/track/libvrrpd_track.a $(KEEPALIVED_LIBS) lib/net/libnet.a lib/event/libevent.a \
  lib/base/libbase.a $(EV_LIBS) $(FMT_LIBS)
TESTS += tests/unit/vrrpd_track_test
