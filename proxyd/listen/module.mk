noinst_LIBRARIES += proxyd/listen/libproxyd_listen.a
proxyd_listen_libproxyd_listen_a_SOURCES =
