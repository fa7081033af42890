// Turns a loop until something has happened, or the test fails.
#pragma once

#include <catch2/catch.hpp>
#include <functional>

#include "lib/event/loop.h"

namespace lib::event {

inline void run_until(Loop& loop, const std::function<bool()>& done, Duration limit = std::chrono::seconds{5}) {
  const auto end = lib::base::monotonic_now() + limit;
  while (!done() && lib::base::monotonic_now() < end) loop.run_once(std::chrono::milliseconds{10});
  REQUIRE(done());
}

}  // namespace lib::event
