# The daemon: main wires the rooms together.
sbin_PROGRAMS += proxyd/proxyd
proxyd_proxyd_SOURCES = proxyd/main.cc \
  proxyd/check.cc proxyd/check.h \
  proxyd/console.cc proxyd/console.h proxyd/keyword_dump.cc proxyd/keyword_dump.h \
  proxyd/object_archive.cc proxyd/object_archive.h proxyd/start_lists.cc proxyd/start_lists.h \
  proxyd/run.cc proxyd/run.h \
  proxyd/sandbox.cc proxyd/sandbox.h \
  proxyd/start_variables.cc proxyd/start_variables.h \
  proxyd/make_site.cc proxyd/make_site.h proxyd/reloader.cc proxyd/reloader.h proxyd/startup.cc proxyd/startup.h
noinst_LIBRARIES += proxyd/libproxyd_command_line.a
proxyd_libproxyd_command_line_a_SOURCES = proxyd/banner.cc proxyd/command_line.cc proxyd/command_line.h
PROXYD_LIBS = proxyd/libproxyd_command_line.a \
  proxyd/master/libproxyd_master.a proxyd/reload/libproxyd_reload.a proxyd/cli/libproxyd_cli.a proxyd/explain/libproxyd_explain.a proxyd/stats/libproxyd_stats.a proxyd/session/libproxyd_session.a \
  proxyd/listen/libproxyd_listen.a proxyd/logs/libproxyd_logs.a proxyd/servers/libproxyd_servers.a \
  proxyd/balance/libproxyd_balance.a proxyd/config/libproxyd_config.a proxyd/ocsp/libproxyd_ocsp.a proxyd/certificates/libproxyd_certificates.a proxyd/rules/libproxyd_rules.a \
  proxyd/formats/libproxyd_formats.a proxyd/samples/libproxyd_samples.a proxyd/patterns/libproxyd_patterns.a
proxyd_proxyd_LDADD = $(PROXYD_LIBS) $(PARSER_LIBS) $(LIB_LIBS) $(SYSTEM_LIBS)
