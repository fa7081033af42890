check_PROGRAMS += tests/fuzz/tls_hello_fuzz
tests_fuzz_tls_hello_fuzz_SOURCES = tests/fuzz/tls_hello_fuzz.cc
tests_fuzz_tls_hello_fuzz_LDFLAGS = $(AM_LDFLAGS) $(FUZZ_LDFLAGS)
tests_fuzz_tls_hello_fuzz_LDADD = $(FUZZ_MAIN) lib/net/libnet.a lib/base/libbase.a $(FMT_LIBS)
if !FUZZING
TESTS += tests/fuzz/tls_hello_fuzz
endif
