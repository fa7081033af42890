# pure: sources, places, caret diagnostics, did-you-mean.
noinst_LIBRARIES += parsers/common/libparsers_common.a
parsers_common_libparsers_common_a_SOURCES = \
  parsers/common/diagnostic.h parsers/common/diagnostic.cc \
  parsers/common/source.cc \
  parsers/common/render.cc \
  parsers/common/suggest.h parsers/common/suggest.cc
