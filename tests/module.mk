# How `make check` runs tests that are not Catch2 programs: Python ones get the program under test in PROXYD.
TEST_EXTENSIONS = .py .sh
PY_LOG_COMPILER = $(PYTHON3)
SH_LOG_COMPILER = $(SHELL)
AM_TESTS_ENVIRONMENT = \
  PROXYD="$${PROXYD:-$(abs_top_builddir)/proxyd/proxyd}"; export PROXYD; \
  HAPROXY='$(HAPROXY)'; export HAPROXY; \
  PYTHONDONTWRITEBYTECODE=1; export PYTHONDONTWRITEBYTECODE;
HAPROXY = /usr/sbin/haproxy
PYTHON_TEST = PROXYD="$${PROXYD:-$(abs_top_builddir)/proxyd/proxyd}" HAPROXY='$(HAPROXY)' PYTHONDONTWRITEBYTECODE=1 $(PYTHON3)

EXTRA_DIST += tests/notes/el-base.cfg tests/notes/myweb-stats.cfg tests/notes/webcluster.cfg \
  tests/notes/webservers-status.cfg

# Each header alone, with the compiler and flags of the build.
check-headers:
	$(top_srcdir)/contrib/check-headers $(top_srcdir) $(top_builddir) $(CXX) $(DEFS) $(FMT_CFLAGS) $(TRIAD_CXXFLAGS)
.PHONY: check-headers

# The unit and golden tests alone: what runs under the sanitizers.
check-unit: $(check_PROGRAMS)
	$(MAKE) check-TESTS TESTS='$(filter tests/unit/% tests/golden/%,$(TESTS))' TEST_SUITE_LOG=tests/unit.log
# For clangd and clang-tidy.
compile_commands.json:
	$(PYTHON3) $(top_srcdir)/contrib/compile-commands $(top_srcdir) $(abs_top_builddir)
.PHONY: check-unit compile_commands.json
