check_PROGRAMS += tests/fuzz/stats_file_fuzz
tests_fuzz_stats_file_fuzz_SOURCES = tests/fuzz/stats_file_fuzz.cc
tests_fuzz_stats_file_fuzz_LDFLAGS = $(AM_LDFLAGS) $(FUZZ_LDFLAGS)
tests_fuzz_stats_file_fuzz_LDADD = $(FUZZ_MAIN) proxyd/config/libproxyd_config.a lib/base/libbase.a $(FMT_LIBS)
if !FUZZING
TESTS += tests/fuzz/stats_file_fuzz
endif
