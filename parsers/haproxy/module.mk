# pure but for files.cc, which reads what it is told to: haproxy.cfg as text to a statement tree.
noinst_LIBRARIES += parsers/haproxy/libhaproxy_parser.a
parsers_haproxy_libhaproxy_parser_a_SOURCES = \
  parsers/haproxy/arguments.h parsers/haproxy/arguments.cc \
  parsers/haproxy/environment.h parsers/haproxy/environment.cc \
  parsers/haproxy/file_state.h \
  parsers/haproxy/line_reader.h parsers/haproxy/line_reader.cc \
  parsers/haproxy/place_within.cc \
  parsers/haproxy/predicate.h parsers/haproxy/predicate.cc \
  parsers/haproxy/predicate_lexer.h parsers/haproxy/predicate_lexer.cc \
  parsers/haproxy/tree.h parsers/haproxy/tree.cc \
  parsers/haproxy/tree_builder.h parsers/haproxy/tree_builder.cc
nodist_parsers_haproxy_libhaproxy_parser_a_SOURCES = \
  parsers/haproxy/grammar_parser.cc parsers/haproxy/haproxy_lexer.cc parsers/haproxy/predicate_parser.cc

# Built, never committed, never distributed: X.yy gives X_parser.cc and X_parser.h in the build tree.
HAPROXY_GRAMMARS = parsers/haproxy/grammar.yy parsers/haproxy/predicate.yy
EXTRA_DIST += $(HAPROXY_GRAMMARS) parsers/haproxy/lexer.ll
CLEANFILES += parsers/haproxy/grammar_parser.cc parsers/haproxy/grammar_parser.h \
  parsers/haproxy/predicate_parser.cc parsers/haproxy/predicate_parser.h parsers/haproxy/haproxy_lexer.cc

# One run makes both files; a header that was deleted alone is made again with its parser. Only the files named here
# may include a generated header, so that nothing else waits for it.
RUN_BISON = $(AM_V_GEN)$(MKDIR_P) $(@D) && $(BISON) -Wall -Werror --header=$(@:.cc=.h) --output=$@
parsers/haproxy/grammar_parser.cc: $(srcdir)/parsers/haproxy/grammar.yy
	$(RUN_BISON) $(srcdir)/parsers/haproxy/grammar.yy
parsers/haproxy/predicate_parser.cc: $(srcdir)/parsers/haproxy/predicate.yy
	$(RUN_BISON) $(srcdir)/parsers/haproxy/predicate.yy
parsers/haproxy/grammar_parser.h: parsers/haproxy/grammar_parser.cc
	$(AM_V_at)test -f $@ || { rm -f parsers/haproxy/grammar_parser.cc && $(MAKE) $(AM_MAKEFLAGS) parsers/haproxy/grammar_parser.cc; }
parsers/haproxy/predicate_parser.h: parsers/haproxy/predicate_parser.cc
	$(AM_V_at)test -f $@ || { rm -f parsers/haproxy/predicate_parser.cc && $(MAKE) $(AM_MAKEFLAGS) parsers/haproxy/predicate_parser.cc; }
parsers/haproxy/haproxy_lexer.cc: $(srcdir)/parsers/haproxy/lexer.ll
	$(AM_V_GEN)$(MKDIR_P) $(@D) && $(FLEX) --outfile=$@ $(srcdir)/parsers/haproxy/lexer.ll
parsers/haproxy/grammar_parser.$(OBJEXT): parsers/haproxy/grammar_parser.h
parsers/haproxy/haproxy_lexer.$(OBJEXT): parsers/haproxy/grammar_parser.h
parsers/haproxy/predicate_parser.$(OBJEXT): parsers/haproxy/predicate_parser.h
