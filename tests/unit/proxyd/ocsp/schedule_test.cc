// When responses about certificates' status are asked for.
#include "proxyd/ocsp/schedule.h"

#include <catch2/catch.hpp>

using namespace proxyd::ocsp;

namespace {

constexpr std::int64_t kNow = 1'000'000;
constexpr Delays kDelays{300, 3600};

}  // namespace

TEST_CASE("what has no response is asked for at once, the rest in its time", "[ocsp]") {
  CHECK(first_update(kNow, 0, kDelays) == kNow);
  CHECK(first_update(kNow, kNow - 1, kDelays) == kNow);
  CHECK(first_update(kNow, kNow, kDelays) == kNow);
  CHECK(first_update(kNow, kNow + 10, kDelays) == kNow + 300);
  CHECK(first_update(kNow, kNow + 86400, kDelays) == kNow + 3600);
}

TEST_CASE("a response is renewed a minute before its end, within the delays", "[ocsp]") {
  struct Case {
    std::int64_t valid_for, delay;
  };
  for (const Case each : {Case{1, 300}, Case{360, 300}, Case{361, 301}, Case{1000, 940}, Case{3660, 3600}, Case{3661, 3600}, Case{604800, 3600}}) {
    INFO(each.valid_for);
    CHECK(update_after_success(kNow, kNow + each.valid_for, kDelays) == kNow + each.delay);
  }
  CHECK(update_after_success(kNow, kNow + 86400, {60, 60}) == kNow + 60);
}

TEST_CASE("each failure doubles the delay up to the longest one", "[ocsp]") {
  const std::int64_t wanted[] = {300, 600, 1200, 2400, 3600, 3600};
  std::uint64_t failures = 0;
  for (const std::int64_t delay : wanted) CHECK(update_after_failure(kNow, ++failures, kDelays) == kNow + delay);
  CHECK(update_after_failure(kNow, UINT64_MAX, kDelays) == kNow + 3600);
  CHECK(update_after_failure(kNow, 9, {10, 10}) == kNow + 10);
  CHECK(update_after_failure(kNow, 1, {0, 0}) == kNow + 1);
}

TEST_CASE("outcomes have the original's words", "[ocsp]") {
  CHECK(text_of(Outcome::Unknown) == "Unknown");
  CHECK(text_of(Outcome::Updated) == "Update successful");
  CHECK(static_cast<unsigned>(Outcome::NotInserted) == 5);
}
