/* Logical lines as words and braces. All lines of a configuration are scanned in one piece, joined by line feeds; the
   scanner counts them, the builder knows where each came from. */
%top{
// Flex writes C; it is excused from this one warning alone.
#pragma GCC diagnostic ignored "-Wold-style-cast"
}
%{
#include "parsers/keepalived/grammar_parser.h"
#include "parsers/keepalived/tree_builder.h"

#define YY_DECL                                                                       \
  parsers::keepalived::TreeParser::symbol_type keepalived_conf_lex(yyscan_t yyscanner, \
                                                                   parsers::keepalived::TreeBuilder& builder)
#define yyterminate() return parsers::keepalived::TreeParser::make_END()
%}

%option reentrant noyywrap nounput noinput nodefault never-interactive full 8bit warn
%option prefix="keepalived_conf_"
%option nounistd

%%

[ \t\f\v\r]+          builder.advance(static_cast<std::size_t>(yyleng));
([^ \t\f\v\r\n{}"$]|"$""{"[^}\n]*"}"|"$")+  return parsers::keepalived::TreeParser::make_WORD(builder.make_word({yytext, static_cast<std::size_t>(yyleng)}));
\"([^"\\\n]|\\[^\n])*\"  return parsers::keepalived::TreeParser::make_WORD(builder.make_quoted({yytext, static_cast<std::size_t>(yyleng)}));
\"([^"\\\n]|\\[^\n])*    return parsers::keepalived::TreeParser::make_WORD(builder.make_unterminated({yytext, static_cast<std::size_t>(yyleng)}));
"{"                   builder.advance(1); return parsers::keepalived::TreeParser::make_OPEN();
"}"                   builder.advance(1); return parsers::keepalived::TreeParser::make_CLOSE();
\n                    builder.next_line(); return parsers::keepalived::TreeParser::make_EOL();
<<EOF>>               yyterminate();

%%

namespace parsers::keepalived {

/// Runs the scanner and the grammar over the whole text.
void scan_and_build(std::string_view text, TreeBuilder& builder) {
  yyscan_t scanner = nullptr;
  if (yylex_init(&scanner) != 0) return;
  YY_BUFFER_STATE const buffer = yy_scan_bytes(text.data(), static_cast<int>(text.size()), scanner);
  TreeParser parser{scanner, builder};
  (void)parser.parse();  // it accepts every order of its tokens: complaints come from the builder
  yy_delete_buffer(buffer, scanner);
  yylex_destroy(scanner);
}

}  // namespace parsers::keepalived
