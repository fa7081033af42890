# Health checks on their schedules.
noinst_LIBRARIES += checkerd/checkers/libcheckerd_checkers.a
checkerd_checkers_libcheckerd_checkers_a_SOURCES = checkerd/checkers/checkers.h \
  checkerd/checkers/internals.h checkerd/checkers/registry.cc checkerd/checkers/runs.cc checkerd/checkers/watched.cc \
  checkerd/checkers/verdict.cc checkerd/checkers/verdict.h \
  checkerd/checkers/probe_plan.cc checkerd/checkers/probe_plan.h \
  checkerd/checkers/words.cc checkerd/checkers/words.h \
  checkerd/checkers/history.cc checkerd/checkers/history.h \
  checkerd/checkers/ping_range.cc checkerd/checkers/ping_range.h
CHECKERS_LIBS = checkerd/checkers/libcheckerd_checkers.a checkerd/core/libcheckerd_core.a keepalived/libkeepalived_shared.a \
  parsers/keepalived/libkeepalived_parser.a parsers/common/libparsers_common.a $(PROBE_LIBS) lib/http/libhttp.a lib/net/libnet.a \
  lib/event/libevent.a lib/base/libbase.a
