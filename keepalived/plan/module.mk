# pure: what a new file changes outside the blocks of one daemon.
noinst_LIBRARIES += keepalived/plan/libkeepalived_plan.a
keepalived_plan_libkeepalived_plan_a_SOURCES = keepalived/plan/globals_plan.cc keepalived/plan/globals_plan.h \
  keepalived/plan/named.cc keepalived/plan/named.h
