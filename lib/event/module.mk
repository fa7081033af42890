noinst_LIBRARIES += lib/event/libevent.a
lib_event_libevent_a_SOURCES =
