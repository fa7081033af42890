// Random damage to good files: nothing may crash or break what holds for any tree, every diagnostic lies inside the
// file, the same text reads the same twice, and damage changes nothing above it.
#include <catch2/catch.hpp>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <iterator>
#include <limits>
#include <random>

#include "tests/fuzz/haproxy_cfg_exercise.h"

namespace {

namespace fs = std::filesystem;

constexpr std::size_t kRounds = 1000;
constexpr std::size_t kEnd = std::numeric_limits<std::size_t>::max();
using namespace std::string_view_literals;
constexpr std::string_view kTelling = "\"'\\${}[]*-.#!()|&,% \t\n\r\0xif"sv;

std::vector<std::string> samples() {
  const char* root = std::getenv("srcdir");
  std::vector<std::string> texts;
  for (const auto& entry : fs::directory_iterator{fs::path{root == nullptr ? "." : root} /
                                                  "tests/fuzz/corpus/haproxy_cfg"}) {
    std::ifstream in{entry.path(), std::ios::binary};
    texts.emplace_back(std::istreambuf_iterator<char>{in}, std::istreambuf_iterator<char>{});
  }
  return texts;
}

char any_byte(std::mt19937& random) {
  if (random() % 2 == 0) return kTelling[random() % kTelling.size()];
  return static_cast<char>(random() % 256);
}

void damage(std::string& text, std::mt19937& random) {
  for (std::size_t count = random() % 8 + 1; count > 0; --count) {
    const std::size_t at = random() % (text.size() + 1);
    const std::size_t length = random() % 16;
    switch (random() % 4) {
      case 0:
        text.insert(at, 1, any_byte(random));
        break;
      case 1:
        text.erase(at, length);
        break;
      case 2:
        text.insert(at, text.substr(random() % (text.size() + 1), length));
        break;
      default:
        if (at < text.size()) text[at] = any_byte(random);
    }
  }
}

/// One statement, so that two readings can be compared.
struct Line {
  std::uint32_t number;
  std::vector<std::string> words;
  bool operator==(const Line&) const = default;
};

/// The statements that start above line `below`, in the file's order.
std::vector<Line> lines_above(const fuzz::Tree& tree, std::size_t below) {
  std::vector<Line> lines;
  const auto take = [&](const fuzz::Statement& statement) {
    if (statement.line >= below) return;
    Line& line = lines.emplace_back(Line{statement.line, {}});
    for (const fuzz::Word& word : statement.words) line.words.emplace_back(word.text);
  };
  for (const fuzz::Statement& orphan : tree.orphans) take(orphan);
  for (const fuzz::Section& section : tree.sections) {
    take(section.header);
    for (const fuzz::Statement& statement : section.body) take(statement);
  }
  return lines;
}

std::vector<std::string> rendered(const fuzz::Diagnostics& diagnostics) {
  std::vector<std::string> texts;
  for (const auto& diagnostic : diagnostics.all()) texts.push_back(render(diagnostic, 1));
  return texts;
}

/// The first line (from 1) that may read otherwise in `after`: where the two differ, or where the joined lines begin
/// that it belongs to.
std::size_t first_changed_line(std::string_view before, std::string_view after) {
  const auto common = std::mismatch(before.begin(), before.end(), after.begin(), after.end()).first;
  std::size_t start = static_cast<std::size_t>(common - before.begin());
  while (start > 0 && before[start - 1] != '\n') --start;
  const auto joins = [&] {  // the line above ends in a backslash, or in one and a CR
    std::string_view above = before.substr(0, start - 1);
    if (above.ends_with('\r')) above.remove_suffix(1);
    return above.ends_with('\\');
  };
  while (start > 0 && joins()) {
    --start;
    while (start > 0 && before[start - 1] != '\n') --start;
  }
  return 1 + static_cast<std::size_t>(std::count(before.begin(), before.begin() + static_cast<std::ptrdiff_t>(start), '\n'));
}

}  // namespace

TEST_CASE("a thousand damaged files are read without harm, twice alike, and as before above the damage",
          "[haproxy][property]") {
  const std::vector<std::string> texts = samples();
  REQUIRE_FALSE(texts.empty());
  const char* wanted = std::getenv("TRIAD_SEED");  // to repeat a failure
  const unsigned seed = wanted != nullptr ? static_cast<unsigned>(std::strtoul(wanted, nullptr, 10))
                                          : std::random_device{}();
  std::cerr << "TRIAD_SEED=" << seed << std::endl;  // printed before anything can crash
  std::mt19937 random{seed};
  std::size_t refused = 0;
  std::size_t kept = 0;
  for (std::size_t round = 0; round < kRounds; ++round) {
    const std::string& whole = texts[random() % texts.size()];
    std::string text = whole;
    damage(text, random);
    fuzz::exercise_haproxy_cfg(text);  // aborts where a place lies outside the file
    INFO(text);
    const fuzz::Reading before{whole}, first{text}, second{text};
    REQUIRE(lines_above(first.tree, kEnd) == lines_above(second.tree, kEnd));
    REQUIRE(rendered(first.diagnostics) == rendered(second.diagnostics));
    REQUIRE(first.environment == second.environment);
    const std::size_t changed = first_changed_line(whole, text);
    const std::vector<Line> above = lines_above(before.tree, changed);
    REQUIRE(lines_above(first.tree, changed) == above);
    refused += first.diagnostics.failed() ? 1 : 0;
    kept += above.size();
  }
  // the damage is worth the name, and does not hide what the comparison is about
  CHECK(refused > kRounds / 20);
  CHECK(refused < kRounds);
  CHECK(kept > kRounds);
}
