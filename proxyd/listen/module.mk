# Frontends: their sockets, and taking connections from them.
noinst_LIBRARIES += proxyd/listen/libproxyd_listen.a
proxyd_listen_libproxyd_listen_a_SOURCES = \
  proxyd/listen/acceptor.cc proxyd/listen/acceptor.h \
  proxyd/listen/frontend.cc proxyd/listen/frontend.h \
  proxyd/listen/handover.cc proxyd/listen/handover.h \
  proxyd/listen/limit_waiters.cc proxyd/listen/limit_waiters.h
