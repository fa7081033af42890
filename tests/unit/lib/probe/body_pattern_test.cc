#include "lib/probe/body_pattern.h"

#include <catch2/catch.hpp>

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

using namespace lib::probe;

namespace {

bool matches(const BodyPattern::Settings& settings, std::string_view body, std::size_t piece) {
  auto pattern = BodyPattern::make(settings);
  REQUIRE(pattern);
  BodyScan scan{*pattern};
  while (!body.empty()) {
    scan.add(body.substr(0, piece));
    body.remove_prefix(std::min(piece, body.size()));
    CHECK(scan.kept() <= BodyScan::kMostKept + 4096);
  }
  scan.finish();
  CHECK(scan.is_decided());
  return scan.matched();
}

BodyPattern::Settings expression(std::string text, std::uint32_t options = 0) {
  BodyPattern::Settings out;
  out.expression = std::move(text);
  out.options = options;
  return out;
}

}  // namespace

TEST_CASE("an expression matches across the borders of what came", "[probe][regex]") {
  struct Case {
    std::string expression, body;
    std::uint32_t options;
    bool matched;
  };
  const std::vector<Case> table = {
      {"hel+o", "well hellllo there", 0, true},
      {"HELLO", "hello", 0, false},
      {"HELLO", "hello", PCRE2_CASELESS, true},
      {"^hello", "hello", 0, true},
      {"^hello", "x hello", 0, false},
      {"^hello", "x\nhello", PCRE2_MULTILINE, true},
      {"^hello", "x hello", PCRE2_MULTILINE, false},
      {"\\Aello", "hello", 0, false},
      {"hello$", "well hello", 0, true},
      {"hello$", "well hello x", 0, false},
      {"(?<=abc)def", "xabcdef", 0, true},
      {"(?<!abc)def", "xabcdef", 0, false},
      {"\\bword\\b", "a sword", 0, false},
      {"\\bword\\b", "a word here", 0, true},
      {"a.*z", "a\nz", 0, false},
      {"a.*z", "a\nz", PCRE2_DOTALL, true},
      {"a|ab$", "ab", 0, true},
      {"", "", 0, true},
      {"x", "", 0, false},
      {"\xc3\xa4.\xc3\xb6", "xx\xc3\xa4\xe2\x82\xac\xc3\xb6", PCRE2_UTF, true},
      {"\xc3\xa4..\xc3\xb6", "xx\xc3\xa4\xe2\x82\xac\xc3\xb6", PCRE2_UTF, false},
      {"after", "bad \xff utf after", PCRE2_UTF, true},
  };
  for (const Case& row : table)
    for (const std::size_t piece : {std::size_t{1}, std::size_t{2}, std::size_t{5}, std::size_t{4096}}) {
      INFO(row.expression << " on " << row.body << " in pieces of " << piece);
      CHECK(matches(expression(row.expression, row.options), row.body, piece) == row.matched);
    }
}

TEST_CASE("a match must begin between the offsets", "[probe][regex]") {
  const std::string body = "0123456789hit";
  for (const std::size_t piece : {std::size_t{1}, std::size_t{4}, std::size_t{100}}) {
    BodyPattern::Settings settings = expression("hit");
    settings.min_offset = 10;
    settings.max_offset = 10;
    CHECK(matches(settings, body, piece));
    settings.min_offset = 11;
    settings.max_offset = 20;
    CHECK_FALSE(matches(settings, body, piece));
    settings.min_offset = 0;
    settings.max_offset = 9;
    CHECK_FALSE(matches(settings, body, piece));
    settings.min_offset = 5000;
    settings.max_offset.reset();
    CHECK_FALSE(matches(settings, body, piece));
    CHECK(matches(settings, std::string(6000, 'x') + body, 1000));
  }
}

TEST_CASE("a large body is scanned in little memory, to its end", "[probe][regex]") {
  const std::string filler(200'000, 'a');
  CHECK(matches(expression("needle"), filler + "nee" + "dle", 4095));
  CHECK_FALSE(matches(expression("needle"), filler, 4095));
  // A match that begins and never ends is given up.
  CHECK_FALSE(matches(expression("a.*z", PCRE2_DOTALL), filler, 4095));
  CHECK(matches(expression("b.*z", PCRE2_DOTALL), filler + "b..z", 4095));
}

TEST_CASE("an expression that explodes ends without a match", "[probe][regex]") {
  CHECK_FALSE(matches(expression("(a+)+$"), std::string(40, 'a') + "b", 4096));
}

TEST_CASE("a wrong expression is refused in the original's words", "[probe][regex]") {
  const auto pattern = BodyPattern::make(expression("(x"));
  REQUIRE_FALSE(pattern);
  CHECK(pattern.error().message == "Invalid regex: '(x' at offset 2: missing closing parenthesis");
}
