# What OCSP responders answer over HTTP, and what resolv.conf and the hosts file say.
check_PROGRAMS += tests/fuzz/ocsp_answer_fuzz
tests_fuzz_ocsp_answer_fuzz_SOURCES = tests/fuzz/ocsp_answer_fuzz.cc proxyd/ocsp/exchange_text.cc lib/probe/host_addresses.cc lib/probe/dns.cc
tests_fuzz_ocsp_answer_fuzz_LDFLAGS = $(AM_LDFLAGS) $(FUZZ_LDFLAGS)
tests_fuzz_ocsp_answer_fuzz_LDADD = $(FUZZ_MAIN) lib/http/libhttp.a lib/net/libnet.a lib/base/libbase.a $(FMT_LIBS)
if !FUZZING
TESTS += tests/fuzz/ocsp_answer_fuzz
endif
