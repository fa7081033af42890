# Health checks as sequences of steps, for every daemon.
noinst_LIBRARIES += lib/probe/libprobe.a
lib_probe_libprobe_a_SOURCES = lib/probe/probe.cc lib/probe/probe.h
