# proxyd and Debian's haproxy on the same work. Never part of `make check`.
EXTRA_DIST += tests/bench/bench.py
bench: proxyd/proxyd
	$(PYTHON_TEST) $(top_srcdir)/tests/bench/bench.py $(BENCH_FLAGS)
.PHONY: bench
include tests/bench/h1.mk
include tests/bench/haproxy_cfg.mk
include tests/bench/pick.mk
include tests/bench/log_line.mk
