check_PROGRAMS += tests/unit/lib_runtime_test
tests_unit_lib_runtime_test_SOURCES = \
  tests/unit/lib/runtime/command_line_test.cc tests/unit/lib/runtime/server_test.cc
tests_unit_lib_runtime_test_CXXFLAGS = $(UNIT_CXXFLAGS)
tests_unit_lib_runtime_test_LDADD = $(UNIT_LIBS) lib/runtime/libruntime.a lib/net/libnet.a lib/event/libevent.a lib/base/libbase.a \
  $(EV_LIBS) $(FMT_LIBS)
TESTS += tests/unit/lib_runtime_test
