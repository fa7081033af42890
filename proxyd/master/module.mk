# The master process: watches workers, reloads, serves the master socket. roster, words, prefix and show_proc decide
# without input and output.
noinst_LIBRARIES += proxyd/master/libproxyd_master.a
proxyd_master_libproxyd_master_a_SOURCES = \
  proxyd/master/console.cc proxyd/master/console.h \
  proxyd/master/launch.cc proxyd/master/launch.h \
  proxyd/master/master.cc proxyd/master/master.h \
  proxyd/master/prefix.cc proxyd/master/prefix.h \
  proxyd/master/roster.cc proxyd/master/roster.h \
  proxyd/master/show_proc.cc proxyd/master/show_proc.h \
  proxyd/master/words.cc proxyd/master/words.h \
  proxyd/master/watchdog.h proxyd/master/worker_link.cc proxyd/master/worker_link.h
