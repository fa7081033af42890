# The splitter and the table of the runtime API. Replayed only: clang 14 cannot build the coroutines that the table's
# library holds with fuzzing on.
if !FUZZING
check_PROGRAMS += tests/fuzz/command_line_fuzz
tests_fuzz_command_line_fuzz_SOURCES = tests/fuzz/command_line_fuzz.cc
tests_fuzz_command_line_fuzz_LDFLAGS = $(AM_LDFLAGS) $(FUZZ_LDFLAGS)
tests_fuzz_command_line_fuzz_LDADD = $(FUZZ_MAIN) lib/runtime/libruntime.a lib/net/libnet.a lib/event/libevent.a lib/base/libbase.a \
  $(EV_LIBS) $(FMT_LIBS)
TESTS += tests/fuzz/command_line_fuzz
else
EXTRA_DIST += tests/fuzz/command_line_fuzz.cc
endif
