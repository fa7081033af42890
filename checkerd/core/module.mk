# pure: pools with their quorum, tables, the way from one table to another, what a reload changes.
noinst_LIBRARIES += checkerd/core/libcheckerd_core.a
checkerd_core_libcheckerd_core_a_SOURCES = checkerd/core/pool.cc checkerd/core/pool.h checkerd/core/pool_reload.cc \
  checkerd/core/reconcile.cc checkerd/core/reconcile.h checkerd/core/reload_plan.cc checkerd/core/reload_plan.h \
  checkerd/core/service.cc checkerd/core/service.h checkerd/core/table.cc checkerd/core/table.h
