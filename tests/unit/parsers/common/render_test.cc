#include <catch2/catch.hpp>

#include "parsers/common/diagnostic.h"

using namespace parsers::common;

namespace {

std::string shown(const std::string& text, Place place, std::string hint = {}) {
  const Source source{"t.cfg", text};
  place.source = &source;
  return render({Severity::Alert, "config : parsing [" + place_text(place) + "] : bad", place,
                 std::move(hint)},
                42);
}

}  // namespace

TEST_CASE("a diagnostic shows its line and a caret below the place", "[diagnostic]") {
  CHECK(shown("global\n\tmaxconn abc\n", {nullptr, 2, 10, 3}) ==
        "[ALERT]    (42) : config : parsing [t.cfg:2] : bad\n"
        "  maxconn abc\n"
        "          ^~~\n");
}

TEST_CASE("labels are padded so that the process ids stand in one column", "[diagnostic]") {
  CHECK(render({Severity::Warning, "x", {}, {}}, 1) == "[WARNING]  (1) : x\n");
  CHECK(render({Severity::Notice, "x", {}, {}}, 1) == "[NOTICE]   (1) : x\n");
  CHECK(render({Severity::Diag, "x", {}, {}}, 1) == "[DIAG]     (1) : x\n");
}

TEST_CASE("tabs and control bytes do not move the caret", "[diagnostic]") {
  CHECK(shown("a\tb\x01"
              "c d\n",
              {nullptr, 1, 7, 1}) ==
        "[ALERT]    (42) : config : parsing [t.cfg:1] : bad\n  a b?c d\n        ^\n");
}

TEST_CASE("the caret counts characters, not bytes", "[diagnostic]") {
  CHECK(shown("n\xC3\xA9\xC3\xA9 x\n", {nullptr, 1, 7, 1}) ==
        "[ALERT]    (42) : config : parsing [t.cfg:1] : bad\n  n\xC3\xA9\xC3\xA9 x\n      ^\n");
}

TEST_CASE("a long line is cut around the place", "[diagnostic]") {
  const std::string text = std::string(5000, 'a') + "X" + std::string(5000, 'b') + "\n";
  const std::string out = shown(text, {nullptr, 1, 5001, 1});
  CHECK(out.size() < 400);
  const std::size_t line = out.find("\n") + 1;
  const std::size_t caret = out.find("\n", line) + 1;
  CHECK(out.substr(line, 5) == "  ...");
  CHECK(out[line + (out.find('^') - caret)] == 'X');
}

TEST_CASE("the end of a long line can be the place", "[diagnostic]") {
  const std::string text(300, 'a');
  const std::string out = shown(text + "\n", {nullptr, 1, 301, 1});
  CHECK(out.back() == '\n');
  CHECK(out[out.size() - 2] == '^');
}

TEST_CASE("a place for the whole line has no caret and a missing line is not shown",
          "[diagnostic]") {
  CHECK(shown("a b\r\n", {nullptr, 1, 0, 0}, "try c") ==
        "[ALERT]    (42) : config : parsing [t.cfg:1] : bad\n  a b\n  try c\n");
  CHECK(shown("a b\n", {nullptr, 9, 2, 1}) ==
        "[ALERT]    (42) : config : parsing [t.cfg:9] : bad\n");
}

TEST_CASE("a column beyond the line's end is moved to its end", "[diagnostic]") {
  CHECK(shown("ab\n", {nullptr, 1, 4000, 4000}) ==
        "[ALERT]    (42) : config : parsing [t.cfg:1] : bad\n  ab\n    ^\n");
}

TEST_CASE("lines are found again in any order", "[diagnostic]") {
  const Source source{"t", "one\ntwo\n\nfour"};
  CHECK(source.line(4) == "four");
  CHECK(source.line(1) == "one");
  CHECK(source.line(3).empty());
  CHECK(source.line(2) == "two");
  CHECK(source.line(5).empty());
}

TEST_CASE("alerts and warnings are counted and only alerts fail", "[diagnostic]") {
  Diagnostics all;
  all.warning({}, "w");
  all.notice({}, "n");
  all.diag({}, "d");
  CHECK_FALSE(all.failed());
  all.alert({}, "a", "h");
  CHECK(all.failed());
  CHECK(all.alerts() == 1);
  CHECK(all.warnings() == 1);
  CHECK(all.all().size() == 4);
}

TEST_CASE("of each severity so much is kept, and the conclusion always", "[diagnostic]") {
  Diagnostics diagnostics;
  for (std::size_t i = 0; i < 3 * Diagnostics::kKept; ++i) {
    diagnostics.warning({}, "w");
    diagnostics.alert({}, "a");
  }
  diagnostics.conclude("the end");
  CHECK(diagnostics.warnings() == 3 * Diagnostics::kKept);
  CHECK(diagnostics.alerts() == 3 * Diagnostics::kKept + 1);
  REQUIRE(diagnostics.all().size() == 2 * (Diagnostics::kKept + 1) + 1);
  CHECK(diagnostics.all()[2 * Diagnostics::kKept].message == "config : there are more of these: the first 1000 are shown.");
  CHECK(diagnostics.all()[2 * Diagnostics::kKept].severity == Severity::Warning);
  CHECK(diagnostics.all().back().message == "the end");
}
