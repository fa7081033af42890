EXTRA_PROGRAMS += tests/bench/patterns_bench
tests_bench_patterns_bench_SOURCES = tests/bench/patterns_bench.cc
tests_bench_patterns_bench_LDADD = $(SAMPLES_LIBS) $(SAMPLES_SYSTEM_LIBS)
