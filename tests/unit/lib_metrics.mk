check_PROGRAMS += tests/unit/lib_metrics_test
tests_unit_lib_metrics_test_SOURCES = tests/unit/lib/metrics/render_test.cc
tests_unit_lib_metrics_test_CXXFLAGS = $(UNIT_CXXFLAGS)
tests_unit_lib_metrics_test_LDADD = $(UNIT_LIBS) lib/metrics/libmetrics.a lib/base/libbase.a $(FMT_LIBS)
TESTS += tests/unit/lib_metrics_test
