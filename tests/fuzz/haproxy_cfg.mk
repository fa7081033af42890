check_PROGRAMS += tests/fuzz/haproxy_cfg_fuzz
tests_fuzz_haproxy_cfg_fuzz_SOURCES = tests/fuzz/haproxy_cfg_fuzz.cc tests/fuzz/haproxy_cfg_exercise.h
tests_fuzz_haproxy_cfg_fuzz_LDFLAGS = $(AM_LDFLAGS) $(FUZZ_LDFLAGS)
tests_fuzz_haproxy_cfg_fuzz_LDADD = $(FUZZ_MAIN) $(PARSER_LIBS) lib/base/libbase.a $(FMT_LIBS)
if !FUZZING
TESTS += tests/fuzz/haproxy_cfg_fuzz
endif
