#include "lib/log/sampling.h"

#include <catch2/catch.hpp>

#include <string>

using lib::log::Sampler;
using lib::log::SampleRange;

namespace {
std::string taken(Sampler& sampler, int lines) {
  std::string text;
  for (int i = 0; i < lines; ++i) text += sampler.takes() ? '1' : '.';
  return text;
}
}  // namespace

TEST_CASE("sampling takes the named ranks of every so many lines", "[log]") {
  Sampler second{{{2, 2}}, 3};
  REQUIRE(taken(second, 9) == ".1..1..1.");
  Sampler ranges{{{1, 1}, {3, 5}}, 10};
  REQUIRE(taken(ranges, 20) == "1.111.....1.111.....");
  Sampler all{{{1, 1}}, 1};
  REQUIRE(taken(all, 3) == "111");
}
