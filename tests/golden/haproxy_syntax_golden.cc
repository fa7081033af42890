// Golden test of the file syntax: each tests/golden/haproxy_syntax/*.cfg is parsed, and its
// diagnostics and words are compared with the .expected beside it. With --update, writes the
// .expected files instead. Texts were compared once with `haproxy -c` (2.6); where it stops at the
// first fault, we go on.
#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <iterator>

#include "parsers/haproxy/tree.h"

namespace {

using namespace parsers::haproxy;
namespace fs = std::filesystem;

std::string read(const fs::path& path) {
  std::ifstream in{path, std::ios::binary};
  return {std::istreambuf_iterator<char>{in}, {}};
}

void append_line(std::string& out, std::string_view indent, const Statement& line) {
  out.append(indent) += std::to_string(line.line) + ":";
  for (const Word& word : line.words) {
    out += " [" + std::string{word.text} + "]@" + std::to_string(word.column) + "+" +
           std::to_string(word.length) + (word.quoted ? "q" : "");
  }
  out += '\n';
}

std::string parsed(const std::string& name, std::string text) {
  static constexpr std::string_view kFeatures[] = {"OPENSSL"};
  const Predicates predicates{"2.6.12", kFeatures, {}, "3.0.11", false};
  Environment environment{{"HOME", "/h"}, {"TESTV", "a  b c"}, {"EMPTYV", ""}};
  Tree tree;
  Diagnostics diagnostics;
  parse_file(tree, name, std::move(text), environment, predicates, diagnostics);
  std::string out;
  for (const auto& diagnostic : diagnostics.all()) out += render(diagnostic, 1);
  for (const Statement& line : tree.orphans) append_line(out, "out of section ", line);
  for (const Section& section : tree.sections) {
    append_line(out, "", section.header);
    for (const Statement& line : section.body) append_line(out, "  ", line);
  }
  return out;
}

bool check(const fs::path& expected_path, const std::string& got) {
  const std::string expected = read(expected_path);
  if (expected == got) return true;
  std::cerr << "FAIL " << expected_path.string() << "\n--- expected\n"
            << expected << "--- got\n"
            << got;
  return false;
}

}  // namespace

int main(int count, char** arguments) {
  const bool is_update = count > 1 && std::string_view{arguments[1]} == "--update";
  const char* root = std::getenv("srcdir");
  const fs::path folder = fs::path{root == nullptr ? "." : root} / "tests/golden/haproxy_syntax";
  std::size_t cases = 0, failures = 0;
  for (const auto& entry : fs::directory_iterator{folder}) {
    if (entry.path().extension() != ".cfg") continue;
    ++cases;
    const std::string got = parsed(entry.path().filename().string(), read(entry.path()));
    const fs::path expected = fs::path{entry.path()}.replace_extension(".expected");
    if (is_update) {
      std::ofstream{expected, std::ios::binary} << got;
    } else if (!check(expected, got)) {
      ++failures;
    }
  }
  std::cout << cases << " cases, " << failures << " failures\n";
  return cases == 0 || failures != 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}
