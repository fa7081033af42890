# Running servers and backends: state, choice, queues, health checks.
noinst_LIBRARIES += proxyd/servers/libproxyd_servers.a
proxyd_servers_libproxyd_servers_a_SOURCES = \
  proxyd/servers/address_bytes.h \
  proxyd/servers/backend.cc proxyd/servers/backend.h \
  proxyd/servers/changes.cc \
  proxyd/servers/checker.cc proxyd/servers/checker.h \
  proxyd/servers/counters.cc proxyd/servers/counters.h \
  proxyd/servers/port_pool.cc proxyd/servers/port_pool.h \
  proxyd/servers/queue.cc proxyd/servers/queue.h \
  proxyd/servers/report.cc proxyd/servers/report.h \
  proxyd/servers/restore.cc \
  proxyd/servers/server.cc proxyd/servers/server.h
