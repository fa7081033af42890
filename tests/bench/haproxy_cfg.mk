EXTRA_PROGRAMS += tests/bench/haproxy_cfg_bench
tests_bench_haproxy_cfg_bench_SOURCES = tests/bench/haproxy_cfg_bench.cc
tests_bench_haproxy_cfg_bench_CXXFLAGS = $(UNIT_CXXFLAGS)
tests_bench_haproxy_cfg_bench_LDADD = $(PARSER_LIBS) lib/base/libbase.a $(FMT_LIBS)
CLEANFILES += $(EXTRA_PROGRAMS)
