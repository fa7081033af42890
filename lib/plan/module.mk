# pure: what a reload changes, as a list.
noinst_LIBRARIES += lib/plan/libplan.a
lib_plan_libplan_a_SOURCES = lib/plan/plan.cc lib/plan/plan.h
