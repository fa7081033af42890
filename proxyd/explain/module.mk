# A request's way, told instead of gone.
noinst_LIBRARIES += proxyd/explain/libproxyd_explain.a
proxyd_explain_libproxyd_explain_a_SOURCES = \
  proxyd/explain/explain.cc proxyd/explain/explain.h \
  proxyd/explain/question.cc proxyd/explain/question.h \
  proxyd/explain/words.cc proxyd/explain/words.h \
  proxyd/explain/walk.cc proxyd/explain/walk.h
