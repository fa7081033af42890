noinst_LIBRARIES += proxyd/servers/libproxyd_servers.a
proxyd_servers_libproxyd_servers_a_SOURCES =
