noinst_LIBRARIES += lib/probe/libprobe.a
lib_probe_libprobe_a_SOURCES =
