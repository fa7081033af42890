# Nanoseconds per head of the HTTP/1 codec: make tests/bench/h1_codec_bench && tests/bench/h1_codec_bench
EXTRA_PROGRAMS += tests/bench/h1_codec_bench
tests_bench_h1_codec_bench_SOURCES = tests/bench/h1_codec_bench.cc
tests_bench_h1_codec_bench_LDADD = lib/http/libhttp.a lib/base/libbase.a $(FMT_LIBS)
