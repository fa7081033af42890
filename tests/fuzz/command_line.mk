check_PROGRAMS += tests/fuzz/command_line_fuzz
# The splitter by itself: clang 14 cannot build the coroutines of the rest of lib/runtime with fuzzing on.
tests_fuzz_command_line_fuzz_SOURCES = tests/fuzz/command_line_fuzz.cc lib/runtime/command_line.cc
tests_fuzz_command_line_fuzz_LDFLAGS = $(AM_LDFLAGS) $(FUZZ_LDFLAGS)
tests_fuzz_command_line_fuzz_LDADD = $(FUZZ_MAIN) lib/base/libbase.a $(FMT_LIBS)
if !FUZZING
TESTS += tests/fuzz/command_line_fuzz
endif
