# pure but for files.cc, which reads what it is told to: keepalived.conf as text to typed data.
noinst_LIBRARIES += parsers/keepalived/libkeepalived_parser.a
parsers_keepalived_libkeepalived_parser_a_SOURCES = \
  parsers/keepalived/address_line.cc parsers/keepalived/address_line.h \
  parsers/keepalived/auth_hmac.cc parsers/keepalived/auth_hmac.h \
  parsers/keepalived/checker.cc parsers/keepalived/checker.h \
  parsers/keepalived/checker_http.cc parsers/keepalived/checker_local.cc parsers/keepalived/checkers.cc \
  parsers/keepalived/command.cc parsers/keepalived/command.h \
  parsers/keepalived/config.cc parsers/keepalived/config.h \
  parsers/keepalived/escapes.cc parsers/keepalived/escapes.h \
  parsers/keepalived/files.cc parsers/keepalived/files.h \
  parsers/keepalived/findings.cc parsers/keepalived/findings.h \
  parsers/keepalived/globals.cc parsers/keepalived/globals.h \
  parsers/keepalived/keyword.cc parsers/keepalived/keyword.h \
  parsers/keepalived/keyword_list.cc parsers/keepalived/keyword_list.h \
  parsers/keepalived/lines.cc parsers/keepalived/lines.h \
  parsers/keepalived/line_words.cc parsers/keepalived/line_words.h \
  parsers/keepalived/load.cc parsers/keepalived/load.h \
  parsers/keepalived/lvs_blocks.h parsers/keepalived/lvs_checks.cc \
  parsers/keepalived/lvs_globals.cc parsers/keepalived/lvs_globals.h \
  parsers/keepalived/process_rows.cc parsers/keepalived/process_rows.h \
  parsers/keepalived/real_server.cc \
  parsers/keepalived/remembering_system.cc parsers/keepalived/remembering_system.h \
  parsers/keepalived/route_encapsulation.cc parsers/keepalived/route_encapsulation.h \
  parsers/keepalived/route_line.cc parsers/keepalived/route_line.h \
  parsers/keepalived/server_rows.cc \
  parsers/keepalived/rule_line.cc parsers/keepalived/rule_line.h \
  parsers/keepalived/static_blocks.cc parsers/keepalived/static_blocks.h \
  parsers/keepalived/system.h \
  parsers/keepalived/tracking_blocks.cc parsers/keepalived/tracking_blocks.h \
  parsers/keepalived/tree.h \
  parsers/keepalived/tree_builder.cc parsers/keepalived/tree_builder.h \
  parsers/keepalived/values.h \
  parsers/keepalived/vmac_line.cc parsers/keepalived/vmac_line.h \
  parsers/keepalived/virtual_server.cc parsers/keepalived/virtual_server.h \
  parsers/keepalived/virtual_server_draft.h parsers/keepalived/virtual_server_group.cc \
  parsers/keepalived/vrrp_blocks.h parsers/keepalived/vrrp_checks.cc parsers/keepalived/vrrp_instance.cc
nodist_parsers_keepalived_libkeepalived_parser_a_SOURCES = \
  parsers/keepalived/grammar_parser.cc parsers/keepalived/keepalived_lexer.cc

EXTRA_DIST += parsers/keepalived/lexer.ll parsers/keepalived/grammar.yy
CLEANFILES += $(nodist_parsers_keepalived_libkeepalived_parser_a_SOURCES) parsers/keepalived/grammar_parser.h

parsers/keepalived/grammar_parser.cc: $(srcdir)/parsers/keepalived/grammar.yy
	$(RUN_BISON) $(srcdir)/parsers/keepalived/grammar.yy
parsers/keepalived/grammar_parser.h: parsers/keepalived/grammar_parser.cc
	$(REMAKE_HEADER)
parsers/keepalived/grammar_parser.$(OBJEXT): parsers/keepalived/grammar_parser.h
parsers/keepalived/keepalived_lexer.cc: $(srcdir)/parsers/keepalived/lexer.ll
	$(AM_V_GEN)$(MKDIR_P) $(@D) && $(FLEX) --outfile=$@ $(srcdir)/parsers/keepalived/lexer.ll
parsers/keepalived/keepalived_lexer.$(OBJEXT): parsers/keepalived/grammar_parser.h
