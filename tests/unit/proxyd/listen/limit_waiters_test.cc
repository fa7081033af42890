#include "proxyd/listen/limit_waiters.h"

#include <catch2/catch.hpp>
#include <chrono>
#include <thread>

using lib::base::Instant;
using lib::event::Loop;
using lib::event::Task;
using lib::event::TaskGroup;
using lib::event::Waiter;
using proxyd::listen::Frontend;
using proxyd::listen::LimitWaiter;
using proxyd::listen::LimitWaiters;
using proxyd::listen::Listener;
using namespace std::chrono_literals;

namespace {

struct Place {
  explicit Place(std::uint32_t maxconn) {
    conf.maxconn = maxconn;
  }
  proxyd::config::Proxy conf;
  proxyd::config::Bind bind;
  Frontend frontend{conf, 1};
  Listener listener{bind};
};

Task<void> wait_for_room(Loop& loop, LimitWaiters& all, Place& place, bool& woken) {
  Waiter waiter{loop};
  LimitWaiter entry{all, place.frontend, place.listener, waiter};
  entry.join();
  const lib::event::Wake wake = co_await waiter.until(loop.now() + 2s);
  woken = wake.notified;
}

void run_for(Loop& loop, const bool& until) {
  const Instant end = lib::base::monotonic_now() + 2s;
  while (!until && lib::base::monotonic_now() < end) loop.run_once(10ms);
}

}  // namespace

TEST_CASE("an ended connection wakes the acceptor that waited longest, and only that", "[listen]") {
  Loop loop;
  LimitWaiters all;
  Place place{0};
  bool first = false, second = false;
  TaskGroup group;
  group.spawn(wait_for_room(loop, all, place, first));
  group.spawn(wait_for_room(loop, all, place, second));
  all.wake_one();
  run_for(loop, first);
  loop.run_once(0ms);
  CHECK(first);
  CHECK_FALSE(second);
  all.wake_one();
  run_for(loop, second);
  CHECK(second);
  all.wake_one();  // nobody is left
}

TEST_CASE("an acceptor whose frontend is still full sleeps on, and the next is woken", "[listen]") {
  Loop loop;
  LimitWaiters all;
  Place full{1}, free{1};
  full.frontend.maxconn = 1;
  free.frontend.maxconn = 1;
  full.frontend.sessions.up();
  bool first = false, second = false;
  TaskGroup group;
  group.spawn(wait_for_room(loop, all, full, first));
  group.spawn(wait_for_room(loop, all, free, second));
  all.wake_one();
  run_for(loop, second);
  CHECK(second);
  CHECK_FALSE(first);
  full.frontend.sessions.down();
  all.wake_one();
  run_for(loop, first);
  CHECK(first);
}

TEST_CASE("a connection that ends on another thread wakes an acceptor, and a cancelled one is left alone", "[listen]") {
  Loop loop;
  LimitWaiters all;
  Place place{0};
  bool woken = false, never = false;
  TaskGroup group, cancelled;
  cancelled.spawn(wait_for_room(loop, all, place, never));
  group.spawn(wait_for_room(loop, all, place, woken));
  std::thread other{[&] {
    all.wake_one();
    all.wake_one();
  }};
  other.join();
  cancelled.cancel_all();  // its wake-up is on the way
  run_for(loop, woken);
  CHECK(woken);
  CHECK_FALSE(never);
}
