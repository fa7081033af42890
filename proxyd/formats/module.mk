# pure
noinst_LIBRARIES += proxyd/formats/libproxyd_formats.a
proxyd_formats_libproxyd_formats_a_SOURCES = \
  proxyd/formats/alias.cc proxyd/formats/alias.h \
  proxyd/formats/format.cc proxyd/formats/format.h
