# pure
noinst_LIBRARIES += proxyd/patterns/libproxyd_patterns.a
proxyd_patterns_libproxyd_patterns_a_SOURCES = \
  proxyd/patterns/index.cc proxyd/patterns/index.h \
  proxyd/patterns/library.cc proxyd/patterns/library.h \
  proxyd/patterns/list.cc proxyd/patterns/list.h \
  proxyd/patterns/method.cc proxyd/patterns/method.h \
  proxyd/patterns/prefix_trie.cc proxyd/patterns/prefix_trie.h \
  proxyd/patterns/ranges.cc proxyd/patterns/ranges.h \
  proxyd/patterns/regex.cc proxyd/patterns/regex.h \
  proxyd/patterns/table.cc proxyd/patterns/table.h \
  proxyd/patterns/text_index.cc proxyd/patterns/text_index.h
