noinst_LIBRARIES += lib/metrics/libmetrics.a
lib_metrics_libmetrics_a_SOURCES =
