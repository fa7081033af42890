# Unit tests of lib/mail.
check_PROGRAMS += tests/unit/lib_mail_test
tests_unit_lib_mail_test_SOURCES = tests/unit/lib/mail/smtp_test.cc
tests_unit_lib_mail_test_CXXFLAGS = $(UNIT_CXXFLAGS)
tests_unit_lib_mail_test_LDADD = $(UNIT_LIBS) lib/mail/libmail.a lib/net/libnet.a lib/event/libevent.a lib/base/libbase.a \
  $(EV_LIBS) $(FMT_LIBS)
TESTS += tests/unit/lib_mail_test
