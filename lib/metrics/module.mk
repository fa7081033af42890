# pure: field tables and their outputs (CSV, typed text, JSON, Prometheus).
noinst_LIBRARIES += lib/metrics/libmetrics.a
lib_metrics_libmetrics_a_SOURCES = \
  lib/metrics/field.cc lib/metrics/field.h \
  lib/metrics/render.cc lib/metrics/render.h
