noinst_LIBRARIES += proxyd/cli/libproxyd_cli.a
proxyd_cli_libproxyd_cli_a_SOURCES =
