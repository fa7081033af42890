#include "proxyd/session/pace.h"

#include <catch2/catch.hpp>

using namespace proxyd::session;
using namespace std::chrono_literals;

namespace {

const Instant kStart = Instant{} + 1000s;

/// Sends as much as it may for so long, waiting as long as it is told; how much passed, and in how many pieces.
struct Passed {
  std::uint64_t bytes = 0;
  std::uint64_t pieces = 0;
};
Passed run(Throttle& throttle, Duration time, std::uint64_t most_at_once = UINT64_MAX) {
  Passed passed;
  Instant now = kStart;
  while (now < kStart + time) {
    const std::uint64_t count = std::min(throttle.allowance(now), most_at_once);
    if (count == 0) {
      const Instant next = throttle.resume_at(now);
      REQUIRE(next > now);
      now = next;
      continue;
    }
    throttle.take(count, now);
    passed.bytes += count;
    ++passed.pieces;
  }
  return passed;
}

Throttle throttle_of(const Pace::Terms& terms) {
  Throttle throttle;
  static const int owner = 0;
  throttle.set(&owner, terms, kStart);
  return throttle;
}

}  // namespace

TEST_CASE("nothing is limited before something is set", "[session][pace]") {
  Throttle throttle;
  CHECK_FALSE(throttle.is_set());
  CHECK(throttle.allowance(kStart) == UINT64_MAX);
}

TEST_CASE("the first period's bytes may go at once, then nothing until some are free again", "[session][pace]") {
  Throttle throttle = throttle_of({.limit = 1000, .period = 1s});
  CHECK(throttle.allowance(kStart) == 1000);
  throttle.take(1000, kStart);
  CHECK(throttle.allowance(kStart) == 0);
  CHECK(throttle.allowance(kStart + 900ms) == 0);
  const Instant next = throttle.resume_at(kStart);
  CHECK(next >= kStart + 1s);
  CHECK(next <= kStart + 1100ms);
  CHECK(throttle.allowance(next) > 0);
}

TEST_CASE("over many periods as much passes as the limit says", "[session][pace]") {
  const Pace::Terms terms = GENERATE(Pace::Terms{.limit = 1'000'000, .period = 1s}, Pace::Terms{.limit = 1000, .period = 50ms},
                                     Pace::Terms{.limit = 7, .period = 1s}, Pace::Terms{.limit = 1'000'000'000, .period = 3s});
  const std::uint64_t most = GENERATE(std::uint64_t{1500}, UINT64_MAX);
  if (terms.limit > 10'000'000 && most != UINT64_MAX) return;
  Throttle throttle = throttle_of(terms);
  const Passed passed = run(throttle, 20 * terms.period, most);
  const std::uint64_t whole = terms.limit < 100 ? 17 : 19;  // of a few bytes one may always be left
  CHECK(passed.bytes >= whole * terms.limit);
  CHECK(passed.bytes <= 21 * terms.limit);
}

TEST_CASE("a limit costs no more turns than a hundred a second", "[session][pace]") {
  Throttle throttle = throttle_of({.limit = 1'000'000, .period = 1s});
  CHECK(run(throttle, 10s).pieces <= 1100);
}

TEST_CASE("after a silence of two periods everything is free again, and no more", "[session][pace]") {
  Throttle throttle = throttle_of({.limit = 1000, .period = 1s});
  throttle.take(1000, kStart);
  CHECK(throttle.allowance(kStart + 60s) == 1000);
}

TEST_CASE("fewer bytes than min-size do not go by themselves", "[session][pace]") {
  Throttle throttle = throttle_of({.limit = 1000, .period = 1s, .min_size = 400});
  throttle.take(1000, kStart);
  CHECK(throttle.allowance(kStart + 1300ms) == 0);
  CHECK(throttle.allowance(kStart + 1450ms) >= 400);
  CHECK(throttle.resume_at(kStart + 1300ms) >= kStart + 1390ms);
}

TEST_CASE("a min-size above the limit is the limit", "[session][pace]") {
  Throttle throttle = throttle_of({.limit = 100, .period = 1s, .min_size = 5000});
  CHECK(throttle.allowance(kStart) == 100);
  throttle.take(100, kStart);
  CHECK(throttle.allowance(throttle.resume_at(kStart)) == 100);
}

TEST_CASE("of several limits the strictest counts, and a limit set again is changed, not added", "[session][pace]") {
  const int first = 0, second = 0;
  Throttle throttle;
  throttle.set(&first, {.limit = 1000, .period = 1s}, kStart);
  throttle.set(&second, {.limit = 300, .period = 1s}, kStart);
  CHECK(throttle.allowance(kStart) == 300);
  throttle.set(&second, {.limit = 5000, .period = 1s}, kStart);
  CHECK(throttle.allowance(kStart) == 1000);
  throttle.take(1000, kStart);
  CHECK(throttle.allowance(kStart) == 0);
  CHECK(throttle.resume_at(kStart) >= kStart + 1s);
}
