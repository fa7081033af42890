# How `make check` runs tests that are not Catch2 programs: Python ones get the program under test in PROXYD.
TEST_EXTENSIONS = .py .sh
PY_LOG_COMPILER = $(PYTHON3)
SH_LOG_COMPILER = $(SHELL)
AM_TESTS_ENVIRONMENT = \
  PROXYD="$${PROXYD:-$(abs_top_builddir)/proxyd/proxyd}"; export PROXYD; \
  VRRPD="$${VRRPD:-$(abs_top_builddir)/vrrpd/vrrpd}"; export VRRPD; \
  CHECKERD="$${CHECKERD:-$(abs_top_builddir)/checkerd/checkerd}"; export CHECKERD; \
  KEEPALIVED="$${KEEPALIVED:-$(abs_top_builddir)/keepalived/parent/keepalived}"; export KEEPALIVED; \
  GENHASH="$${GENHASH:-$(abs_top_builddir)/checkerd/genhash/genhash}"; export GENHASH; \
  NOTES="$(abs_top_srcdir)/tests/notes/keepalived"; export NOTES; \
  HAPROXY='$(HAPROXY)'; export HAPROXY; \
  PYTHONDONTWRITEBYTECODE=1; export PYTHONDONTWRITEBYTECODE;
HAPROXY = /usr/sbin/haproxy
PYTHON_TEST = PROXYD="$${PROXYD:-$(abs_top_builddir)/proxyd/proxyd}" HAPROXY='$(HAPROXY)' PYTHONDONTWRITEBYTECODE=1 $(PYTHON3)

EXTRA_DIST += tests/notes/el-base.cfg tests/notes/myweb-stats.cfg tests/notes/webcluster.cfg \
  tests/notes/webservers-status.cfg tests/notes/keepalived tests/notes/scripts tests/corpus/keepalived tests/corpus/haproxy

# Each header alone, with the compiler and flags of the build.
check-headers:
	$(top_srcdir)/contrib/check-headers $(top_srcdir) $(top_builddir) $(CXX) $(DEFS) $(FMT_CFLAGS) $(NL_CFLAGS) $(TRIAD_CXXFLAGS)
.PHONY: check-headers

# The unit and golden tests and the fuzz corpus alone, with the daemons that they start: what runs under the sanitizers.
check-unit: $(check_PROGRAMS) vrrpd/vrrpd checkerd/checkerd keepalived/parent/keepalived proxyd/proxyd
	$(MAKE) check-TESTS TESTS='$(filter tests/unit/% tests/golden/% tests/fuzz/%,$(TESTS))' TEST_SUITE_LOG=tests/unit.log
# For clangd and clang-tidy.
compile_commands.json:
	$(PYTHON3) $(top_srcdir)/contrib/compile-commands $(top_srcdir) $(abs_top_builddir)
# libFuzzer on each target for FUZZ_SECONDS, starting from its corpus; needs --enable-fuzzing CXX=clang++.
FUZZ_SECONDS = 600
FUZZ_TARGETS = $(filter tests/fuzz/%,$(check_PROGRAMS))
fuzz: $(FUZZ_TARGETS)
	@set -e; for target in $(FUZZ_TARGETS); do \
	  name=`basename $$target _fuzz`; mkdir -p tests/fuzz/new/$$name; echo "fuzz: $$name, $(FUZZ_SECONDS) s"; \
	  ./$$target -max_total_time=$(FUZZ_SECONDS) -timeout=10 -rss_limit_mb=4096 -artifact_prefix=tests/fuzz/new/$$name- \
	    tests/fuzz/new/$$name $(top_srcdir)/tests/fuzz/corpus/$$name; \
	done; test -n '$(FUZZ_TARGETS)'
.PHONY: fuzz
.PHONY: check-unit compile_commands.json
