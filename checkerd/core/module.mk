# pure: pools with their quorum, tables, the way from one table to another.
noinst_LIBRARIES += checkerd/core/libcheckerd_core.a
checkerd_core_libcheckerd_core_a_SOURCES = checkerd/core/pool.h checkerd/core/reconcile.cc checkerd/core/reconcile.h \
  checkerd/core/table.cc checkerd/core/table.h
