EXTRA_PROGRAMS += tests/bench/log_line_bench
tests_bench_log_line_bench_SOURCES = tests/bench/log_line_bench.cc
tests_bench_log_line_bench_LDADD = proxyd/logs/libproxyd_logs.a lib/log/liblog.a lib/event/libevent.a $(SAMPLES_LIBS) $(EV_LIBS) \
  $(SAMPLES_SYSTEM_LIBS)
