#include <catch2/catch.hpp>

#include <array>

#include "parsers/haproxy/logformat.h"

using namespace parsers::haproxy;

namespace {

std::string flags_of(const LogFlags& flags) {
  std::string out;
  if (flags.quote) out += "Q";
  if (flags.hexadecimal) out += "X";
  if (flags.escape) out += "E";
  if (flags.mandatory) out += "M";
  if (flags.json) out += "J";
  return out;
}

std::string read_back(std::string_view format, LogSpaces spaces = LogSpaces::Merge) {
  const auto parsed = parse_log_format(format, spaces);
  if (!parsed) {
    return std::to_string(parsed.error().offset) + "+" + std::to_string(parsed.error().length) +
           ": " + parsed.error().message;
  }
  std::string out;
  std::size_t end = 0;
  for (const LogItem& item : *parsed) {
    CHECK(item.offset >= end);
    end = item.offset + item.length;
    if (!item.name.empty()) out += "(" + item.name + ")";
    if (item.kind == LogItem::Kind::Text) out += "'" + item.text + "'";
    if (item.kind == LogItem::Kind::Separator) out += "_";
    if (item.kind == LogItem::Kind::Alias) out += "%" + item.text + flags_of(item.flags) + ".";
    if (item.kind == LogItem::Kind::Sample)
      out += "[" + item.text + "]" + flags_of(item.flags) + ".";
  }
  CHECK(end <= format.size());
  return out;
}

struct Case {
  std::string_view text, expected;
};

}  // namespace

TEST_CASE("a log format is text, aliases and expressions", "[haproxy][logformat]") {
  CHECK(read_back("%ci:%cp [%tr]  %ft %{+Q}r") == "%ci.':'%cp._'['%tr.']'_%ft._%rQ.");
  CHECK(read_back("%[src,hex]/%{+X}[req.hdr(a b)]") == "[src,hex].'/'[req.hdr(a b)]X.");
  CHECK(read_back("%ci_x%%y") == "%ci.'_x%y'");
  CHECK(read_back("100%% a") == "'100%'_'a'");
  CHECK(read_back("") == "");
}

TEST_CASE("blanks are kept in headers and strings", "[haproxy][logformat]") {
  CHECK(read_back("a  %ci\t", LogSpaces::Keep) == "'a  '%ci.'\t'");
}

TEST_CASE("flags of %o hold for all that follows", "[haproxy][logformat]") {
  CHECK(read_back("%{+Q}o %{-Q}ci %r %{+X}s %{-Q,+E}o%r") == "_%ci._%rQ._%sQX._%rE.");
  CHECK(read_back("%{+json}o %(a)ci %(n:sint){+Q}[int(1)]") == "_(a)%ciJ._(n)[int(1)]QJ.");
  CHECK(parse_log_format("%(n:sint)[int(1)]", LogSpaces::Keep)->at(0).type == LogType::Int);
}

TEST_CASE("odd percent signs read as haproxy reads them", "[haproxy][logformat]") {
  CHECK(read_back("%-ci") == "'-ci'");
  CHECK(read_back("%(n") == "'(n'");
  CHECK(read_back("%(n) x") == "'(n)'_'x'");
  CHECK(read_back("%{,}r%{+Z}r%{Q}r") == "%r.%r.%r.");
}

// Texts as haproxy 2.6 -c has them, without the full stop that its prefix adds.
TEST_CASE("a faulty format says why and where", "[haproxy][logformat]") {
  static constexpr auto kCases = std::to_array<Case>(
      {{"%", "0+1: truncated line after '%'"},
       {"%ci %", "4+1: truncated line after '%'"},
       {"a %{+Q", "3+3: truncated line after '+Q'"},
       {"%{+Q}", "0+5: parse argument modifier without variable name near '%{+Q}'"},
       {"%{+Q}%%", "0+5: parse argument modifier without variable name near '%{+Q}'"},
       {"% a",
        "0+2: unexpected variable name near ' ' at position 1 line : '% a'. Maybe you want to "
        "write a single '%', use "
        "the syntax '%%'"},
       {"a %[src", "3+4: missing ']' after 'src'"},
       {"%[src x]", "5+1: expected ']' after 'src', but found ' '"},
       {"%[]", "2+1: failed to parse sample expression <]> : missing fetch method"},
       {"x%[src(]",
        "3+5: failed to parse sample expression <src(]> : fetch method 'src' : expected ')'"},
       {"%(a:foo)ci", "4+3: unexpected type 'foo', expected str, sint or bool"}});
  for (const Case& each : kCases) {
    CAPTURE(each.text);
    CHECK(read_back(each.text) == each.expected);
  }
}
