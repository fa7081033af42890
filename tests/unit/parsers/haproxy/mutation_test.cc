// Random damage to good files: nothing may crash or break what holds for any tree.
#include <catch2/catch.hpp>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <iterator>
#include <random>

#include "tests/fuzz/haproxy_cfg_exercise.h"

namespace {

namespace fs = std::filesystem;

constexpr int kRounds = 1000;
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

}  // namespace

TEST_CASE("a thousand damaged files are read without harm", "[haproxy][property]") {
  const std::vector<std::string> texts = samples();
  REQUIRE_FALSE(texts.empty());
  const char* wanted = std::getenv("TRIAD_SEED");  // to repeat a failure
  const unsigned seed = wanted != nullptr ? static_cast<unsigned>(std::strtoul(wanted, nullptr, 10))
                                          : std::random_device{}();
  std::cerr << "TRIAD_SEED=" << seed << std::endl;  // printed before anything can crash
  std::mt19937 random{seed};
  for (int round = 0; round < kRounds; ++round) {
    std::string text = texts[random() % texts.size()];
    damage(text, random);
    fuzz::exercise_haproxy_cfg(text);
  }
  SUCCEED();
}
