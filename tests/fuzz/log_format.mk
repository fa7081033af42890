# The pure part of proxyd/logs by its sources: clang 14's AddressSanitizer cannot assemble coroutines (lib/log/forwarder.cc).
check_PROGRAMS += tests/fuzz/log_format_fuzz
tests_fuzz_log_format_fuzz_SOURCES = tests/fuzz/log_format_fuzz.cc tests/unit/proxyd/samples/fake_subject.h \
  proxyd/logs/line_writer.cc proxyd/logs/render.cc proxyd/logs/render_object.cc proxyd/logs/request_text.cc lib/log/dates.cc
tests_fuzz_log_format_fuzz_LDFLAGS = $(AM_LDFLAGS) $(FUZZ_LDFLAGS)
tests_fuzz_log_format_fuzz_LDADD = $(FUZZ_MAIN) $(SAMPLES_LIBS) $(SAMPLES_SYSTEM_LIBS)
if !FUZZING
TESTS += tests/fuzz/log_format_fuzz
endif
