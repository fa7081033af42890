EXTRA_PROGRAMS += tests/bench/checks_bench
tests_bench_checks_bench_SOURCES = tests/bench/checks_bench.cc
tests_bench_checks_bench_LDADD = $(CHECKERS_LIBS) $(PROBE_SYSTEM_LIBS) $(EV_LIBS) $(FMT_LIBS)
