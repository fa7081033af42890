check_PROGRAMS += tests/fuzz/log_format_fuzz
tests_fuzz_log_format_fuzz_SOURCES = tests/fuzz/log_format_fuzz.cc tests/unit/proxyd/samples/fake_subject.h
tests_fuzz_log_format_fuzz_LDFLAGS = $(AM_LDFLAGS) $(FUZZ_LDFLAGS)
tests_fuzz_log_format_fuzz_LDADD = $(FUZZ_MAIN) proxyd/logs/libproxyd_logs.a $(SAMPLES_LIBS) lib/log/liblog.a lib/base/libbase.a $(SAMPLES_SYSTEM_LIBS)
if !FUZZING
TESTS += tests/fuzz/log_format_fuzz
endif
