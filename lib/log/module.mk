noinst_LIBRARIES += lib/log/liblog.a
lib_log_liblog_a_SOURCES = \
  lib/log/dates.cc lib/log/dates.h \
  lib/log/sender.cc lib/log/sender.h \
  lib/log/target.cc lib/log/target.h
