check_PROGRAMS += tests/unit/lib_log_test
tests_unit_lib_log_test_SOURCES = tests/unit/lib/log/dates_test.cc tests/unit/lib/log/sender_test.cc
tests_unit_lib_log_test_CXXFLAGS = $(UNIT_CXXFLAGS)
tests_unit_lib_log_test_LDADD = $(UNIT_LIBS) lib/log/liblog.a lib/net/libnet.a lib/base/libbase.a $(FMT_LIBS)
TESTS += tests/unit/lib_log_test
