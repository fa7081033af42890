check_PROGRAMS += tests/fuzz/h1_head_fuzz tests/fuzz/h1_body_fuzz
tests_fuzz_h1_head_fuzz_SOURCES = tests/fuzz/h1_head_fuzz.cc
tests_fuzz_h1_head_fuzz_LDFLAGS = $(AM_LDFLAGS) $(FUZZ_LDFLAGS)
tests_fuzz_h1_head_fuzz_LDADD = $(FUZZ_MAIN) lib/http/libhttp.a lib/base/libbase.a $(FMT_LIBS)
tests_fuzz_h1_body_fuzz_SOURCES = tests/fuzz/h1_body_fuzz.cc
tests_fuzz_h1_body_fuzz_LDFLAGS = $(AM_LDFLAGS) $(FUZZ_LDFLAGS)
tests_fuzz_h1_body_fuzz_LDADD = $(FUZZ_MAIN) lib/http/libhttp.a lib/base/libbase.a $(FMT_LIBS)
if !FUZZING
TESTS += tests/fuzz/h1_head_fuzz tests/fuzz/h1_body_fuzz
endif
