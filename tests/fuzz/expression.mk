check_PROGRAMS += tests/fuzz/expression_fuzz
tests_fuzz_expression_fuzz_SOURCES = tests/fuzz/expression_fuzz.cc tests/unit/proxyd/samples/fake_subject.h
tests_fuzz_expression_fuzz_LDFLAGS = $(AM_LDFLAGS) $(FUZZ_LDFLAGS)
tests_fuzz_expression_fuzz_LDADD = $(FUZZ_MAIN) proxyd/rules/libproxyd_rules.a $(SAMPLES_LIBS) $(SAMPLES_SYSTEM_LIBS)
if !FUZZING
TESTS += tests/fuzz/expression_fuzz
endif
