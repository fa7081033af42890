check_PROGRAMS += tests/unit/proxyd_stats_test
tests_unit_proxyd_stats_test_SOURCES = \
  tests/unit/proxyd/stats/fields_test.cc tests/unit/proxyd/stats/kept_test.cc tests/unit/proxyd/stats/page_test.cc
tests_unit_proxyd_stats_test_CXXFLAGS = $(UNIT_CXXFLAGS)
tests_unit_proxyd_stats_test_LDADD = $(UNIT_LIBS) proxyd/stats/libproxyd_stats.a proxyd/config/libproxyd_config.a lib/metrics/libmetrics.a \
  lib/base/libbase.a $(FMT_LIBS)
TESTS += tests/unit/proxyd_stats_test
