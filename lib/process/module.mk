noinst_LIBRARIES += lib/process/libprocess.a
lib_process_libprocess_a_SOURCES =
