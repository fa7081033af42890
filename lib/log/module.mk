noinst_LIBRARIES += lib/log/liblog.a
lib_log_liblog_a_SOURCES = \
  lib/log/dates.cc lib/log/dates.h \
  lib/log/forwarder.cc lib/log/forwarder.h \
  lib/log/ring.cc lib/log/ring.h \
  lib/log/ring_follower.cc lib/log/ring_follower.h \
  lib/log/ring_memory.cc lib/log/ring_memory.h \
  lib/log/sampling.cc lib/log/sampling.h \
  lib/log/sender.cc lib/log/sender.h \
  lib/log/target.cc lib/log/target.h
