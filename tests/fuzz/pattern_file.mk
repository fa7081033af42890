check_PROGRAMS += tests/fuzz/pattern_file_fuzz
tests_fuzz_pattern_file_fuzz_SOURCES = tests/fuzz/pattern_file_fuzz.cc
tests_fuzz_pattern_file_fuzz_LDFLAGS = $(AM_LDFLAGS) $(FUZZ_LDFLAGS)
tests_fuzz_pattern_file_fuzz_LDADD = $(FUZZ_MAIN) $(SAMPLES_LIBS) $(SAMPLES_SYSTEM_LIBS)
if !FUZZING
TESTS += tests/fuzz/pattern_file_fuzz
endif
