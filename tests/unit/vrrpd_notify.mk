# Unit tests of vrrpd/notify.
check_PROGRAMS += tests/unit/vrrpd_notify_test
tests_unit_vrrpd_notify_test_SOURCES = tests/unit/vrrpd/notify/notify_test.cc
tests_unit_vrrpd_notify_test_CXXFLAGS = $(UNIT_CXXFLAGS)
tests_unit_vrrpd_notify_test_LDADD = $(UNIT_LIBS) vrrpd/notify/libvrrpd_notify.a vrrpd/track/libvrrpd_track.a $(KEEPALIVED_LIBS) \
  vrrpd/core/libvrrpd_core.a lib/mail/libmail.a lib/net/libnet.a lib/event/libevent.a lib/base/libbase.a $(EV_LIBS) $(FMT_LIBS)
TESTS += tests/unit/vrrpd_notify_test
