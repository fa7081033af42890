# Health checks on their schedules.
noinst_LIBRARIES += checkerd/checkers/libcheckerd_checkers.a
checkerd_checkers_libcheckerd_checkers_a_SOURCES = checkerd/checkers/checkers.h
