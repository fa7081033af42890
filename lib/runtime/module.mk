noinst_LIBRARIES += lib/runtime/libruntime.a
lib_runtime_libruntime_a_SOURCES =
