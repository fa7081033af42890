#include "proxyd/patterns/ranges.h"

#include <catch2/catch.hpp>
#include <cstdlib>
#include <random>
#include <vector>

using namespace proxyd::patterns;

namespace {

std::uint64_t seed() {
  const char* const given = std::getenv("SEED");
  return given != nullptr ? std::strtoull(given, nullptr, 10) : std::random_device{}();
}

/// One by one: what the tables must be equal to.
std::uint32_t first_of(const std::vector<Range>& ranges, std::int64_t number) {
  for (std::size_t i = 0; i < ranges.size(); ++i)
    if (ranges[i].low <= number && number <= ranges[i].high) return static_cast<std::uint32_t>(i);
  return kNoEntry;
}

Range draw_range(std::mt19937_64& draw, unsigned kind) {
  const auto edge = [&]() -> std::int64_t {
    switch (draw() % 12) {
      case 0: return INT64_MIN;
      case 1: return INT64_MAX;
      default: return static_cast<std::int64_t>(draw() % 200) - 100;
    }
  };
  const std::int64_t low = edge();
  return kind == 0 || draw() % 4 == 0 ? Range{low, low} : Range{low, edge()};  // also some that hold nothing
}

}  // namespace

TEST_CASE("of ranges over one another the first counts, however many there are", "[patterns][ranges]") {
  const std::uint64_t start = seed();
  INFO("SEED=" << start);
  std::mt19937_64 draw{start};
  for (int round = 0; round < 400; ++round) {
    const auto kind = static_cast<unsigned>(draw() % 3);  // only single numbers, or mixed
    const std::size_t count = draw() % 40;
    std::vector<Range> ranges;
    Ranges table;
    for (std::size_t i = 0; i < count; ++i) {
      ranges.push_back(draw_range(draw, kind));
      table.add(ranges.back(), static_cast<std::uint32_t>(i));
    }
    for (std::int64_t number = -103; number <= 103; ++number) REQUIRE(table.find(number) == first_of(ranges, number));
    for (const std::int64_t number : {INT64_MIN, INT64_MIN + 1, INT64_MAX - 1, INT64_MAX})
      REQUIRE(table.find(number) == first_of(ranges, number));
  }
}

TEST_CASE("ranges that come late find only the gaps", "[patterns][ranges]") {
  Ranges table;
  for (std::uint32_t i = 0; i < 20; ++i) table.add({i * 10, i * 10 + 4}, i);
  table.add({0, 199}, 100);
  table.add({INT64_MIN, INT64_MAX}, 101);
  table.add({3, 3}, 102);
  CHECK(table.find(3) == 0);
  CHECK(table.find(5) == 100);
  CHECK(table.find(194) == 19);
  CHECK(table.find(199) == 100);
  CHECK(table.find(200) == 101);
  CHECK(table.find(-1) == 101);
}
