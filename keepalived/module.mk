# What vrrpd and checkerd share of keepalived: its command line, log, pid files, scripts, FIFOs, mails and BFD sessions.
noinst_LIBRARIES += keepalived/libkeepalived_shared.a
keepalived_libkeepalived_shared_a_SOURCES = \
  keepalived/check.cc keepalived/check.h \
  keepalived/command_line.cc keepalived/command_line.h \
  keepalived/confine.cc keepalived/confine.h \
  keepalived/dump_file.cc keepalived/dump_file.h \
  keepalived/event_follower.cc keepalived/event_follower.h \
  keepalived/event_line.cc keepalived/event_line.h \
  keepalived/fifo.cc keepalived/fifo.h \
  keepalived/host_system.cc keepalived/host_system.h \
  keepalived/launch.cc keepalived/launch.h \
  keepalived/level.h \
  keepalived/logger.cc keepalived/logger.h \
  keepalived/messenger.cc keepalived/messenger.h \
  keepalived/parent_link.cc keepalived/parent_link.h \
  keepalived/pid_lock.cc keepalived/pid_lock.h \
  keepalived/process.cc keepalived/process.h \
  keepalived/program.cc keepalived/program.h \
  keepalived/reload_check.cc keepalived/reload_check.h \
  keepalived/reload_schedule.cc keepalived/reload_schedule.h \
  keepalived/startup.cc keepalived/startup.h \
  keepalived/watch_files.cc keepalived/watch_files.h
KEEPALIVED_LIBS = keepalived/bfd/libkeepalived_bfd.a keepalived/libkeepalived_shared.a keepalived/plan/libkeepalived_plan.a
