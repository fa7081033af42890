noinst_LIBRARIES += proxyd/logs/libproxyd_logs.a
proxyd_logs_libproxyd_logs_a_SOURCES =
