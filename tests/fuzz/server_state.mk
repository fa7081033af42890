check_PROGRAMS += tests/fuzz/server_state_fuzz
tests_fuzz_server_state_fuzz_SOURCES = tests/fuzz/server_state_fuzz.cc
tests_fuzz_server_state_fuzz_LDFLAGS = $(AM_LDFLAGS) $(FUZZ_LDFLAGS)
tests_fuzz_server_state_fuzz_LDADD = $(FUZZ_MAIN) proxyd/config/libproxyd_config.a lib/net/libnet.a lib/base/libbase.a $(FMT_LIBS)
if !FUZZING
TESTS += tests/fuzz/server_state_fuzz
endif
