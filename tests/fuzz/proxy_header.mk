check_PROGRAMS += tests/fuzz/proxy_header_fuzz
tests_fuzz_proxy_header_fuzz_SOURCES = tests/fuzz/proxy_header_fuzz.cc
tests_fuzz_proxy_header_fuzz_LDFLAGS = $(AM_LDFLAGS) $(FUZZ_LDFLAGS)
tests_fuzz_proxy_header_fuzz_LDADD = $(FUZZ_MAIN) lib/net/libnet.a lib/base/libbase.a $(FMT_LIBS)
if !FUZZING
TESTS += tests/fuzz/proxy_header_fuzz
endif
