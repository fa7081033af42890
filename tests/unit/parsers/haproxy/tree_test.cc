#include <catch2/catch.hpp>

#include "parsers/haproxy/tree.h"

using namespace parsers::haproxy;

namespace {

struct Parsed {
  Tree tree;
  Diagnostics diagnostics;
  Environment environment{{"LIST", "one two"}};

  explicit Parsed(std::string text) { add("t.cfg", std::move(text)); }
  void add(std::string name, std::string text) {
    parse_file(tree, std::move(name), std::move(text), environment, {}, diagnostics);
  }
};

std::string words(const Statement& line) {
  std::string out;
  for (const Word& word : line.words) out.append(out.empty() ? "" : "|").append(word.text);
  return out;
}

}  // namespace

TEST_CASE("sections hold the lines below their header", "[haproxy][tree]") {
  const Parsed parsed{"foo bar\nglobal\n maxconn 10 # ten\n\n  listen web\nbind :80\n"};
  REQUIRE(parsed.diagnostics.all().empty());
  REQUIRE(parsed.tree.orphans.size() == 1);
  CHECK(words(parsed.tree.orphans[0]) == "foo|bar");
  REQUIRE(parsed.tree.sections.size() == 2);
  CHECK(words(parsed.tree.sections[0].body.at(0)) == "maxconn|10");
  CHECK(words(parsed.tree.sections[1].header) == "listen|web");
  CHECK(parsed.tree.sections[1].body.at(0).line == 6);
}

TEST_CASE("a word ends with a NUL byte and knows where it was written", "[haproxy][tree]") {
  const Parsed parsed{"global\n\tlog-tag\ta\\ \"b c\"\"$LIST\"  d\n"};
  const Statement& line = parsed.tree.sections.at(0).body.at(0);
  REQUIRE(line.words.size() == 3);
  CHECK(line.words[1].text == "a b cone two");
  CHECK(line.words[1].column == 10);
  CHECK(line.words[1].length == 15);
  CHECK(line.words[1].quoted);
  CHECK_FALSE(line.words[2].quoted);
  for (const Word& word : line.words) CHECK(*(word.text.data() + word.text.size()) == '\0');
  CHECK(line.place(2).column == 27);
  CHECK(line.place(3).column == 28);
  CHECK(line.whole().column == 0);
}

TEST_CASE("a faulty line yields nothing and the lines around it stay", "[haproxy][tree]") {
  const Parsed parsed{"global\n a \"b\n c 'd\n e\n"};
  CHECK(parsed.diagnostics.alerts() == 2);
  REQUIRE(parsed.tree.sections.at(0).body.size() == 1);
  CHECK(words(parsed.tree.sections[0].body[0]) == "e");
}

TEST_CASE("each file begins outside of any section and shares the environment", "[haproxy][tree]") {
  Parsed parsed{"global\n setenv A b\n"};
  parsed.add("u.cfg", "bind \"$A\"\nlisten l\n");
  REQUIRE(parsed.tree.orphans.size() == 1);
  CHECK(words(parsed.tree.orphans[0]) == "bind|b");
  CHECK(parsed.tree.orphans[0].source->name() == "u.cfg");
}

TEST_CASE("a tree can be moved", "[haproxy][tree]") {
  Parsed parsed{"global\n log-tag \"$LIST\" x\n"};
  const Tree moved = std::move(parsed.tree);
  CHECK(words(moved.sections.at(0).body.at(0)) == "log-tag|one two|x");
  CHECK(moved.sections[0].body[0].source->line(2) == " log-tag \"$LIST\" x");
}

TEST_CASE("lines and words of any length and number are read", "[haproxy][tree]") {
  const std::string word(3'000'000, 'w');
  std::string text = "global\n description \"" + word + "\" #" + word + "\n";
  for (int i = 0; i < 20'000; ++i) text += " server s 127.0.0.1:80 check\n";
  const Parsed parsed{text};
  CHECK(parsed.diagnostics.all().empty());
  CHECK(parsed.tree.sections.at(0).body.size() == 20'001);
  CHECK(parsed.tree.sections[0].body[0].words[1].text.size() == word.size());
  CHECK(words(parsed.tree.sections[0].body[20'000]) == "server|s|127.0.0.1:80|check");
}

TEST_CASE("deeply nested blocks are read", "[haproxy][tree]") {
  std::string text;
  for (int i = 0; i < 50'000; ++i) text += ".if 1\n";
  text += "global\n";
  for (int i = 0; i < 50'000; ++i) text += ".endif\n";
  const Parsed parsed{text};
  CHECK(parsed.diagnostics.all().empty());
  CHECK(parsed.tree.sections.size() == 1);
}

TEST_CASE("an empty file has nothing in it", "[haproxy][tree]") {
  CHECK(Parsed{""}.diagnostics.all().empty());
  CHECK(Parsed{"\n\n"}.tree.sections.empty());
}

TEST_CASE("-cc conditions answer true, false or why not", "[haproxy][condition]") {
  Diagnostics diagnostics;
  const Environment environment{{"A", "1"}};
  CHECK(evaluate_condition("defined(A) && !streq(a,b)", environment, {}, diagnostics) == 1);
  CHECK(evaluate_condition("defined(B)", environment, {}, diagnostics) == 0);
  CHECK(evaluate_condition("", environment, {}, diagnostics) == 0);
  CHECK(diagnostics.all().empty());
  CHECK(evaluate_condition("foo", environment, {}, diagnostics) == -1);
  CHECK(diagnostics.all().at(0).message ==
        "config : Failed to evaluate condition: unparsable conditional expression 'foo'");
}

TEST_CASE("a condition may be nested deeply", "[haproxy][condition]") {
  Diagnostics diagnostics;
  const std::string deep = std::string(100'000, '(') + "1" + std::string(100'000, ')');
  CHECK(evaluate_condition(deep, {}, {}, diagnostics) == 1);
  CHECK(evaluate_condition(std::string(100'001, '!') + "1", {}, {}, diagnostics) == 0);
}

TEST_CASE("a file with too many lines that cannot be read is given up", "[haproxy][tree]") {
  std::string text = "global\n";
  for (int i = 0; i < 1000; ++i) text += " log-tag \"\n";
  Parsed parsed{text + " maxconn 10\n"};
  REQUIRE(parsed.diagnostics.all().size() == kMostBadLines + 1);
  CHECK(parsed.diagnostics.all().back().message ==
        "config : parsing [t.cfg:52]: too many fatal errors (50), stopping now.");
  REQUIRE(parsed.tree.sections.size() == 1);
  CHECK(parsed.tree.sections[0].body.empty());
  parsed.add("next.cfg", "global\n maxconn 10\n");  // the next file begins anew
  CHECK(parsed.tree.sections.at(1).body.size() == 1);
}
