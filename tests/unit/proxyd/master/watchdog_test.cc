#include "proxyd/master/watchdog.h"

#include <catch2/catch.hpp>

using proxyd::master::Watchdog;
using Step = Watchdog::Step;

TEST_CASE("the manager hears of us when the current worker has answered", "[master][watchdog]") {
  Watchdog it;
  CHECK(it.on_time(7) == Step{.asks = 7});
  CHECK(it.on_alive(7));
  CHECK(it.on_time(7) == Step{.asks = 7});
  CHECK(it.on_alive(7));
  CHECK_FALSE(it.on_alive(7));  // nobody asked
}

TEST_CASE("a worker that stands still is asked once, and the manager hears nothing", "[master][watchdog]") {
  Watchdog it;
  CHECK(it.on_time(7) == Step{.asks = 7});
  for (int i = 0; i < 3; ++i) CHECK(it.on_time(7) == Step{});
  CHECK(it.on_alive(7));  // it goes on
  CHECK(it.on_time(7) == Step{.asks = 7});
}

TEST_CASE("another worker takes the place of one that stands still", "[master][watchdog]") {
  Watchdog it;
  CHECK(it.on_time(7) == Step{.asks = 7});
  CHECK(it.on_time(8) == Step{.asks = 8});
  CHECK_FALSE(it.on_alive(7));  // it serves no longer
  CHECK(it.on_time(8) == Step{});
  CHECK(it.on_alive(8));
}

TEST_CASE("without a worker to judge by our own life is enough", "[master][watchdog]") {
  Watchdog it;
  CHECK(it.on_time(0) == Step{.pings = true});
  CHECK(it.on_time(7) == Step{.asks = 7});
  CHECK(it.on_time(0) == Step{.pings = true});
  CHECK_FALSE(it.on_alive(7));
  CHECK(it.on_time(7) == Step{.asks = 7});  // the next of that number
}
