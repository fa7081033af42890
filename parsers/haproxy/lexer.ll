/* haproxy.cfg as lines of words. The rules say where a piece begins and ends; LineReader says what it means.
   The whole file is scanned in place (yy_scan_buffer), so that a line of any length costs no second reading. */
%top{
// Flex writes C; it is excused from this one warning alone.
#pragma GCC diagnostic ignored "-Wold-style-cast"
}
%{
#include "parsers/haproxy/grammar_parser.h"
#include "parsers/haproxy/tree_builder.h"

#define YY_DECL                                                                \
  parsers::haproxy::TreeParser::symbol_type haproxy_cfg_lex(yyscan_t yyscanner, \
                                                            parsers::haproxy::LineReader& reader)
#define yyterminate() return parsers::haproxy::TreeParser::make_END()
#define END_LINE()                              \
  do {                                          \
    BEGIN(INITIAL);                             \
    if (reader.end_line(yytext + 1)) return parsers::haproxy::line_token(reader.statement()); \
  } while (false)
%}

%option reentrant noyywrap nounput noinput nodefault never-interactive full 8bit warn
%option prefix="haproxy_cfg_"
%option nounistd

%x WEAK SKIP FAULT

blank   [ \t]
plain   [^ \t\r\n#"'\\\0]
hex     [0-9A-Fa-f]
name    [A-Za-z_][A-Za-z0-9_]*
pseudo  \.(FILE|LINE|SECTION)

%%

{plain}+                      reader.plain(yytext, static_cast<std::size_t>(yyleng));
{blank}+                      reader.end_word();
\n                            END_LINE();
"#"                           reader.end_word(); BEGIN(SKIP);
\r                            reader.end_word(); BEGIN(SKIP);
\"                            reader.open_quote(yytext); BEGIN(WEAK);
'[^'\r\n\0]*'                 reader.strong_quoted(yytext, static_cast<std::size_t>(yyleng));
'                             reader.unmatched_strong_quote(yytext); BEGIN(SKIP);
\\[ #\\"']                    reader.escaped(yytext, 2, yytext[1]);
\0                            reader.end_word(); reader.stray_nul(yytext); BEGIN(SKIP);

<WEAK>{
  [^"\\$\r\n\0]+              reader.plain(yytext, static_cast<std::size_t>(yyleng));
  \"                          reader.close_quote(yytext); BEGIN(INITIAL);
  \\[ #\\"'$]                 reader.escaped(yytext, 2, yytext[1]);
  "$"({name}|{pseudo})        |
  "${"({name}|{pseudo})("[*]")?(-[^}\r\n\0]*)?"}"  reader.variable(yytext, static_cast<std::size_t>(yyleng));
  "$"                         yyless(0); BEGIN(FAULT);
  \r                          reader.unmatched_quote(); BEGIN(SKIP);
  \n                          reader.unmatched_quote(); END_LINE();
  \0                          reader.unmatched_quote(); reader.stray_nul(yytext); BEGIN(SKIP);
}

<INITIAL,WEAK>{
  \\n                         reader.escaped(yytext, 2, '\n');
  \\r                         reader.escaped(yytext, 2, '\r');
  \\t                         reader.escaped(yytext, 2, '\t');
  \\x{hex}{hex}               reader.hexadecimal(yytext, static_cast<std::size_t>(yyleng));
  \\x                         reader.bad_hexadecimal(yytext); BEGIN(SKIP);
  \\                          reader.plain(yytext, 1);
}

<FAULT>[^\n\0]+               reader.bad_variable(yytext); BEGIN(SKIP);

<SKIP>[^\n\0]+                ;
<SKIP,FAULT>{
  \0                          reader.stray_nul(yytext);
  \n                          END_LINE();
}

<INITIAL,WEAK,SKIP,FAULT><<EOF>> {
  if (YY_START == WEAK) reader.unmatched_quote();
  BEGIN(INITIAL);
  if (reader.end_file()) return parsers::haproxy::line_token(reader.statement());
  yyterminate();
}

%%

namespace parsers::haproxy {

void scan_and_build(char* buffer, std::size_t size, LineReader& reader, TreeBuilder& builder) {
  yyscan_t scanner = nullptr;
  if (haproxy_cfg_lex_init(&scanner) != 0) return builder.out_of_memory();
  // Not copied: the two NULs that end it are part of it.
  if (haproxy_cfg__scan_buffer(buffer, size + 2, scanner) != nullptr) {
    TreeParser parser{scanner, reader, builder};
    (void)parser.parse();  // every fault was reported on the way
  } else {
    builder.out_of_memory();
  }
  haproxy_cfg_lex_destroy(scanner);
}

}  // namespace parsers::haproxy
