# proxyd and Debian's haproxy, vrrpd and keepalived, on the same work. Never part of `make check`.
EXTRA_DIST += tests/bench/bench.py
bench: proxyd/proxyd bench-vrrpd-check
	$(PYTHON_TEST) $(top_srcdir)/tests/bench/bench.py $(BENCH_FLAGS)
.PHONY: bench bench-vrrpd-check
EXTRA_DIST += tests/bench/vrrpd_check.py
bench-vrrpd-check: vrrpd/vrrpd
	$(PYTHON_TEST) $(top_srcdir)/tests/bench/vrrpd_check.py
# From the start of the notes' files to the first answer.
EXTRA_DIST += tests/bench/start.py tests/bench/first_question.c
bench-start: tests/labs/installed.stamp
	KEEPALIVED='$(abs_top_builddir)/keepalived/parent/keepalived' $(PYTHON_TEST) $(top_srcdir)/tests/bench/start.py
.PHONY: bench-start
# checkerd with 5,000 checks every 6 s for a minute; and beside keepalived in virtual machines, on IPVS.
EXTRA_DIST += tests/bench/checkerd_machine.py
bench-checkerd-scale: checkerd/checkerd
	CHECKERD_SCALE=long $(PYTHON_TEST) $(top_srcdir)/tests/labs/checkerd_scale.py
bench-checkerd-machine: checkerd/checkerd
	$(PYTHON_TEST) $(top_srcdir)/tests/bench/checkerd_machine.py
.PHONY: bench-checkerd-scale bench-checkerd-machine
include tests/bench/h1.mk
include tests/bench/haproxy_cfg.mk
include tests/bench/pick.mk
include tests/bench/log_line.mk
include tests/bench/checks.mk
include tests/bench/patterns.mk
# Heap allocations of proxyd for each request, with the notes' files.
EXTRA_DIST += tests/bench/allocations.c
TESTS += tests/bench/allocations.py
EXTRA_DIST += tests/bench/allocations.py
