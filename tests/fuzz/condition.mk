check_PROGRAMS += tests/fuzz/condition_fuzz
tests_fuzz_condition_fuzz_SOURCES = tests/fuzz/condition_fuzz.cc tests/unit/proxyd/samples/fake_subject.h
tests_fuzz_condition_fuzz_LDFLAGS = $(AM_LDFLAGS) $(FUZZ_LDFLAGS)
tests_fuzz_condition_fuzz_LDADD = $(FUZZ_MAIN) proxyd/config/libproxyd_config.a proxyd/ocsp/libproxyd_ocsp.a proxyd/certificates/libproxyd_certificates.a proxyd/rules/libproxyd_rules.a $(SAMPLES_LIBS) $(SAMPLES_SYSTEM_LIBS)
if !FUZZING
TESTS += tests/fuzz/condition_fuzz
endif
