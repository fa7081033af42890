noinst_LIBRARIES += proxyd/config/libproxyd_config.a
proxyd_config_libproxyd_config_a_SOURCES =
