# The runtime API: command lines, the command table, its server. command_line is pure.
noinst_LIBRARIES += lib/runtime/libruntime.a
lib_runtime_libruntime_a_SOURCES = \
  lib/runtime/builtin.cc lib/runtime/builtin.h \
  lib/runtime/call.cc lib/runtime/call.h \
  lib/runtime/command_line.cc lib/runtime/command_line.h \
  lib/runtime/command_table.cc lib/runtime/command_table.h lib/runtime/unbound.h \
  lib/runtime/connection.cc lib/runtime/connection.h \
  lib/runtime/feed.cc lib/runtime/feed.h \
  lib/runtime/server.cc lib/runtime/server.h
