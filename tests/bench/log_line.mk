EXTRA_PROGRAMS += tests/bench/log_line_bench
tests_bench_log_line_bench_SOURCES = tests/bench/log_line_bench.cc
tests_bench_log_line_bench_LDADD = proxyd/logs/libproxyd_logs.a parsers/haproxy/libhaproxy_parser.a \
  parsers/common/libparsers_common.a lib/log/liblog.a lib/net/libnet.a lib/base/libbase.a $(FMT_LIBS)
