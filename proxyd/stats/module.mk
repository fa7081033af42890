noinst_LIBRARIES += proxyd/stats/libproxyd_stats.a
proxyd_stats_libproxyd_stats_a_SOURCES =
