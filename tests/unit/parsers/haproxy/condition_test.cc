#include <catch2/catch.hpp>

#include "parsers/haproxy/condition.h"

using namespace parsers::haproxy;

namespace {

/// "if a !b || c" as "a&!b|c"; anonymous ones as "{words}"; a fault as "column: message".
std::string read_back(const std::string& condition) {
  Tree tree;
  Diagnostics diagnostics;
  Environment environment;
  parse_file(tree, "t", "global\n rule " + condition + "\n", environment, {}, diagnostics);
  const Statement& line = tree.sections.at(0).body.at(0);
  const auto parsed = parse_condition(line, 1);
  if (!parsed) return std::to_string(parsed.error().place.column) + ": " + parsed.error().message;
  std::string out = parsed->unless ? "not " : "";
  for (const ConditionTerm& term : parsed->alternatives) {
    if (&term != &parsed->alternatives.front()) out += "|";
    for (const ConditionOperand& operand : term.operands) {
      if (&operand != &term.operands.front()) out += "&";
      if (operand.negated) out += "!";
      if (!operand.is_anonymous()) {
        out += operand.name;
        continue;
      }
      CHECK(operand.anonymous.data() == line.words.data() + operand.first_word);
      out += "{";
      for (const Word& word : operand.anonymous) out += std::string{word.text} + ",";
      out += "}";
    }
  }
  return out;
}

}  // namespace

TEST_CASE("operands side by side must all hold, alternatives need one", "[haproxy][condition]") {
  CHECK(read_back("if a") == "a");
  CHECK(read_back("unless a b !c or d || e OR f") == "not a&b&!c|d|e|f");
  CHECK(read_back("if a { path_beg -i /x /y } !{ src 10.0.0.0/8 } or { path { }") ==
        "a&{path_beg,-i,/x,/y,}&!{src,10.0.0.0/8,}|{path,{,}");
}

TEST_CASE("exclamation marks may be many, alone, or left over", "[haproxy][condition]") {
  CHECK(read_back("if ! a !!b ! ! c !!!d") == "!a&b&c&!d");
  CHECK(read_back("if ! { path / }") == "!{path,/,}");
  CHECK(read_back("if a !") == "a");
  CHECK(read_back("if !") == "");
}

TEST_CASE("empty alternatives say nothing", "[haproxy][condition]") {
  CHECK(read_back("if") == "");
  CHECK(read_back("if a or") == "a");
  CHECK(read_back("if or a || || b") == "a|b");
}

TEST_CASE("a faulty condition says why and where", "[haproxy][condition]") {
  CHECK(read_back("if a { path /x") == "12: missing closing '}' in condition.");
  CHECK(read_back("if {") == "10: missing closing '}' in condition.");
  CHECK(read_back("if { }") == "10: missing fetch method in ACL expression ''.");
  CHECK(read_back("foo") ==
        "7: expects either 'if' or 'unless' followed by a condition but found 'foo'.");
}

TEST_CASE("words that only look like operators are names", "[haproxy][condition]") {
  CHECK(read_back("if } a && b {path } unless") == "}&a&&&&b&{path&}&unless");
}
