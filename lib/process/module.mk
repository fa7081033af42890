noinst_LIBRARIES += lib/process/libprocess.a
lib_process_libprocess_a_SOURCES = \
  lib/process/daemonize.cc lib/process/daemonize.h \
  lib/process/limits.cc lib/process/limits.h \
  lib/process/notify.cc lib/process/notify.h \
  lib/process/pid_file.cc lib/process/pid_file.h \
  lib/process/privileges.cc lib/process/privileges.h \
  lib/process/system_calls.cc lib/process/system_calls.h
