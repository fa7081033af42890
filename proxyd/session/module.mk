noinst_LIBRARIES += proxyd/session/libproxyd_session.a
proxyd_session_libproxyd_session_a_SOURCES =
