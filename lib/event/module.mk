# The libev loop as coroutines. Only this folder (and the fields of wait.h) knows libev.
noinst_LIBRARIES += lib/event/libevent.a
lib_event_libevent_a_SOURCES = \
  lib/event/aside.cc lib/event/aside.h \
  lib/event/child.cc lib/event/child.h lib/event/launch.cc lib/event/launch.h \
  lib/event/frame_pool.cc lib/event/frame_pool.h \
  lib/event/loop.cc lib/event/loop.h \
  lib/event/task.h \
  lib/event/channel.h lib/event/wait.cc lib/event/wait.h
