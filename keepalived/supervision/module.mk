# pure: what keepalived's parent process does about its children.
noinst_LIBRARIES += keepalived/supervision/libkeepalived_supervision.a
keepalived_supervision_libkeepalived_supervision_a_SOURCES = \
  keepalived/supervision/respawn.cc keepalived/supervision/respawn.h \
  keepalived/supervision/supervision.cc keepalived/supervision/supervision.h
