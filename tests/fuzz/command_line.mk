check_PROGRAMS += tests/fuzz/command_line_fuzz
tests_fuzz_command_line_fuzz_SOURCES = tests/fuzz/command_line_fuzz.cc
tests_fuzz_command_line_fuzz_LDFLAGS = $(AM_LDFLAGS) $(FUZZ_LDFLAGS)
tests_fuzz_command_line_fuzz_LDADD = $(FUZZ_MAIN) lib/runtime/libruntime.a lib/event/libevent.a lib/base/libbase.a \
  $(EV_LIBS) $(FMT_LIBS)
if !FUZZING
TESTS += tests/fuzz/command_line_fuzz
endif
