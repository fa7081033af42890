# pure but for files.cc, which reads what it is told to: haproxy.cfg as text to a statement tree.
noinst_LIBRARIES += parsers/haproxy/libhaproxy_parser.a
parsers_haproxy_libhaproxy_parser_a_SOURCES = \
  parsers/haproxy/arguments.h parsers/haproxy/arguments.cc \
  parsers/haproxy/condition.h parsers/haproxy/condition_lexer.h parsers/haproxy/condition_lexer.cc \
  parsers/haproxy/environment.h parsers/haproxy/environment.cc \
  parsers/haproxy/file_state.h \
  parsers/haproxy/files.h parsers/haproxy/files.cc \
  parsers/haproxy/line_reader.h parsers/haproxy/line_reader.cc \
  parsers/haproxy/logformat.h parsers/haproxy/logformat.cc \
  parsers/haproxy/predicate.h parsers/haproxy/predicate.cc \
  parsers/haproxy/predicate_lexer.h parsers/haproxy/predicate_lexer.cc \
  parsers/haproxy/sample.h parsers/haproxy/sample.cc \
  parsers/haproxy/sample_lexer.h parsers/haproxy/sample_lexer.cc \
  parsers/haproxy/tree.h parsers/haproxy/tree.cc \
  parsers/haproxy/tree_builder.h parsers/haproxy/tree_builder.cc \
  parsers/haproxy/write.h parsers/haproxy/write.cc
nodist_parsers_haproxy_libhaproxy_parser_a_SOURCES = \
  parsers/haproxy/grammar_parser.cc \
  parsers/haproxy/predicate_parser.cc \
  parsers/haproxy/condition_parser.cc \
  parsers/haproxy/sample_parser.cc \
  parsers/haproxy/haproxy_lexer.cc

# Built, never committed, never distributed: X.yy gives X_parser.cc and X_parser.h in the build tree.
EXTRA_DIST += parsers/haproxy/lexer.ll parsers/haproxy/grammar.yy parsers/haproxy/predicate.yy parsers/haproxy/condition.yy parsers/haproxy/sample.yy
CLEANFILES += $(nodist_parsers_haproxy_libhaproxy_parser_a_SOURCES) \
  parsers/haproxy/grammar_parser.h parsers/haproxy/predicate_parser.h parsers/haproxy/condition_parser.h parsers/haproxy/sample_parser.h

# One run makes both files; a header that was deleted alone is made again with its parser. Only the generated files
# include a generated header, so that nothing else waits for it.
RUN_BISON = $(AM_V_GEN)$(MKDIR_P) $(@D) && $(BISON) -Wall --header=$(@:.cc=.h) --output=$@
REMAKE_HEADER = $(AM_V_at)test -f $@ || { rm -f $(@:.h=.cc) && $(MAKE) $(AM_MAKEFLAGS) $(@:.h=.cc); }
parsers/haproxy/grammar_parser.cc: $(srcdir)/parsers/haproxy/grammar.yy
	$(RUN_BISON) $(srcdir)/parsers/haproxy/grammar.yy
parsers/haproxy/grammar_parser.h: parsers/haproxy/grammar_parser.cc
	$(REMAKE_HEADER)
parsers/haproxy/grammar_parser.$(OBJEXT): parsers/haproxy/grammar_parser.h
parsers/haproxy/predicate_parser.cc: $(srcdir)/parsers/haproxy/predicate.yy
	$(RUN_BISON) $(srcdir)/parsers/haproxy/predicate.yy
parsers/haproxy/predicate_parser.h: parsers/haproxy/predicate_parser.cc
	$(REMAKE_HEADER)
parsers/haproxy/predicate_parser.$(OBJEXT): parsers/haproxy/predicate_parser.h
parsers/haproxy/condition_parser.cc: $(srcdir)/parsers/haproxy/condition.yy
	$(RUN_BISON) $(srcdir)/parsers/haproxy/condition.yy
parsers/haproxy/condition_parser.h: parsers/haproxy/condition_parser.cc
	$(REMAKE_HEADER)
parsers/haproxy/condition_parser.$(OBJEXT): parsers/haproxy/condition_parser.h
parsers/haproxy/sample_parser.cc: $(srcdir)/parsers/haproxy/sample.yy
	$(RUN_BISON) $(srcdir)/parsers/haproxy/sample.yy
parsers/haproxy/sample_parser.h: parsers/haproxy/sample_parser.cc
	$(REMAKE_HEADER)
parsers/haproxy/sample_parser.$(OBJEXT): parsers/haproxy/sample_parser.h
parsers/haproxy/haproxy_lexer.cc: $(srcdir)/parsers/haproxy/lexer.ll
	$(AM_V_GEN)$(MKDIR_P) $(@D) && $(FLEX) --outfile=$@ $(srcdir)/parsers/haproxy/lexer.ll
parsers/haproxy/haproxy_lexer.$(OBJEXT): parsers/haproxy/grammar_parser.h
