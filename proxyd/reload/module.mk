# Other files for the running process: what would change, and how it is taken over.
noinst_LIBRARIES += proxyd/reload/libproxyd_reload.a
proxyd_reload_libproxyd_reload_a_SOURCES = \
  proxyd/reload/outline.cc proxyd/reload/outline.h \
  proxyd/reload/plan.cc proxyd/reload/plan.h
