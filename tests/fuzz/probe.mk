# What health checks read from the servers that they check: HTTP, gRPC, DNS, SMTP. Sources rather than libprobe.a: clang 14
# cannot build its coroutines with fuzzing on.
check_PROGRAMS += tests/fuzz/probe_http_fuzz tests/fuzz/probe_grpc_fuzz tests/fuzz/probe_dns_fuzz tests/fuzz/probe_smtp_fuzz
tests_fuzz_probe_http_fuzz_SOURCES = tests/fuzz/probe_http_fuzz.cc lib/probe/http_answer.cc lib/probe/body_pattern.cc
tests_fuzz_probe_http_fuzz_LDFLAGS = $(AM_LDFLAGS) $(FUZZ_LDFLAGS)
tests_fuzz_probe_http_fuzz_LDADD = $(FUZZ_MAIN) lib/base/libbase.a $(PCRE2_LIBS) $(FMT_LIBS)
tests_fuzz_probe_grpc_fuzz_SOURCES = tests/fuzz/probe_grpc_fuzz.cc lib/probe/grpc_health.cc
tests_fuzz_probe_grpc_fuzz_LDFLAGS = $(AM_LDFLAGS) $(FUZZ_LDFLAGS)
tests_fuzz_probe_grpc_fuzz_LDADD = $(FUZZ_MAIN) lib/http/libhttp.a lib/base/libbase.a $(FMT_LIBS)
tests_fuzz_probe_dns_fuzz_SOURCES = tests/fuzz/probe_dns_fuzz.cc lib/probe/dns.cc lib/probe/host_addresses.cc lib/probe/icmp.cc
tests_fuzz_probe_dns_fuzz_LDFLAGS = $(AM_LDFLAGS) $(FUZZ_LDFLAGS)
tests_fuzz_probe_dns_fuzz_LDADD = $(FUZZ_MAIN) lib/net/libnet.a lib/base/libbase.a $(FMT_LIBS)
tests_fuzz_probe_smtp_fuzz_SOURCES = tests/fuzz/probe_smtp_fuzz.cc lib/probe/smtp_reply.cc
tests_fuzz_probe_smtp_fuzz_LDFLAGS = $(AM_LDFLAGS) $(FUZZ_LDFLAGS)
tests_fuzz_probe_smtp_fuzz_LDADD = $(FUZZ_MAIN) lib/base/libbase.a $(FMT_LIBS)
if !FUZZING
TESTS += tests/fuzz/probe_http_fuzz tests/fuzz/probe_grpc_fuzz tests/fuzz/probe_dns_fuzz tests/fuzz/probe_smtp_fuzz
endif
