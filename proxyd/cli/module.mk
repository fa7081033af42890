# The runtime API's commands, over the running process.
noinst_LIBRARIES += proxyd/cli/libproxyd_cli.a
proxyd_cli_libproxyd_cli_a_SOURCES = \
  proxyd/cli/authorities.cc proxyd/cli/certificates.cc proxyd/cli/certificate_names.cc proxyd/cli/certificate_lists.cc proxyd/cli/commands.cc proxyd/cli/commands.h \
  proxyd/cli/events.cc proxyd/cli/explain.cc \
  proxyd/cli/limits.cc \
  proxyd/cli/missing.cc \
  proxyd/cli/patterns.cc \
  proxyd/cli/process.cc \
  proxyd/cli/reload.cc proxyd/cli/rooms.h \
  proxyd/cli/sessions.cc \
  proxyd/cli/set_server.cc \
  proxyd/cli/show_servers.cc proxyd/cli/shutdown.cc \
  proxyd/cli/statistics.cc
