check_PROGRAMS += tests/fuzz/crt_list_fuzz
tests_fuzz_crt_list_fuzz_SOURCES = tests/fuzz/crt_list_fuzz.cc
tests_fuzz_crt_list_fuzz_LDFLAGS = $(AM_LDFLAGS) $(FUZZ_LDFLAGS)
tests_fuzz_crt_list_fuzz_LDADD = $(FUZZ_MAIN) proxyd/certificates/libproxyd_certificates.a $(FMT_LIBS)
if !FUZZING
TESTS += tests/fuzz/crt_list_fuzz
endif
