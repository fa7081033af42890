# pure
noinst_LIBRARIES += proxyd/samples/libproxyd_samples.a
proxyd_samples_libproxyd_samples_a_SOURCES = \
  proxyd/samples/expression.h \
  proxyd/samples/compile.cc proxyd/samples/compile.h \
  proxyd/samples/fetches.cc proxyd/samples/fetches.h \
  proxyd/samples/header_values.cc proxyd/samples/header_values.h \
  proxyd/samples/known_samples_table.cc proxyd/samples/known_samples.h
