# proxyd and Debian's haproxy, vrrpd and keepalived, on the same work. Never part of `make check`.
EXTRA_DIST += tests/bench/bench.py
bench: proxyd/proxyd bench-vrrpd-check
	$(PYTHON_TEST) $(top_srcdir)/tests/bench/bench.py $(BENCH_FLAGS)
.PHONY: bench bench-vrrpd-check
EXTRA_DIST += tests/bench/vrrpd_check.py
bench-vrrpd-check: vrrpd/vrrpd
	$(PYTHON_TEST) $(top_srcdir)/tests/bench/vrrpd_check.py
include tests/bench/h1.mk
include tests/bench/haproxy_cfg.mk
include tests/bench/pick.mk
include tests/bench/log_line.mk
include tests/bench/checks.mk
