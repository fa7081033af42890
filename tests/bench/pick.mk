EXTRA_PROGRAMS += tests/bench/pick_bench
tests_bench_pick_bench_SOURCES = tests/bench/pick_bench.cc
tests_bench_pick_bench_LDADD = proxyd/servers/libproxyd_servers.a proxyd/balance/libproxyd_balance.a \
  $(PROBE_LIBS) lib/http/libhttp.a lib/net/libnet.a lib/event/libevent.a lib/base/libbase.a \
  $(PROBE_SYSTEM_LIBS) $(EV_LIBS) $(FMT_LIBS)
