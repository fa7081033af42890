#include <catch2/catch.hpp>

#include <optional>
#include <thread>

#include "tests/unit/proxyd/servers/fixture.h"

using namespace proxyd::servers;
using namespace std::chrono_literals;
using lib::event::Loop;
using lib::event::Task;
using lib::event::TaskGroup;

namespace {

/// A stream that waits for a slot; keeps what it got until the test releases it.
struct Stream {
  Loop& loop;
  Backend& backend;
  lib::event::Waiter* waiter = nullptr;  // lives in the stream's frame, as a session's does
  bool ended = false;
  Server* server = nullptr;
};

Task<void> wait_for(Stream& stream, PickKey key, lib::base::Instant deadline) {
  lib::event::Waiter waiter{stream.loop};
  stream.waiter = &waiter;
  stream.server = co_await stream.backend.wait_for_slot(waiter, key, deadline);
  stream.ended = true;
}

Task<void> wait_for_that(Stream& stream, Server& server, lib::base::Instant deadline) {
  lib::event::Waiter waiter{stream.loop};
  stream.server = co_await stream.backend.wait_for_server(waiter, server, deadline);
  stream.ended = true;
}

void turn(Loop& loop) {
  for (int round = 0; round < 3; ++round) loop.run_once(0ms);
}

void one_slot_each(proxyd::config::Proxy& conf) {
  for (auto& server : conf.servers) server.maxconn = 1;
}

}  // namespace

TEST_CASE("a freed slot goes to the stream that waits longest", "[servers][queue]") {
  Loop loop;
  Fixture fixture{1, one_slot_each};
  Backend& backend = *fixture.backend;
  Server* const server = fixture.pick();
  Stream first{loop, backend}, second{loop, backend};
  TaskGroup tasks;
  tasks.spawn(wait_for(first, {}, lib::base::kNever));
  tasks.spawn(wait_for(second, {}, lib::base::kNever));
  turn(loop);
  CHECK_FALSE(first.ended);
  CHECK(backend.queued.value() == 2);
  CHECK(backend.queued.max() == 2);
  backend.release(*server, fixture.now);
  turn(loop);
  CHECK(first.server == server);
  CHECK_FALSE(second.ended);
  CHECK(server->sessions.value() == 1);
  CHECK(backend.queued.value() == 1);
  backend.release(*server, fixture.now);
  turn(loop);
  CHECK(second.server == server);
  backend.release(*server, fixture.now);
  CHECK(server->sessions.value() == 0);
  CHECK(server->sessions.max() == 1);
}

TEST_CASE("a wait ends without a server at its deadline", "[servers][queue]") {
  Loop loop;
  Fixture fixture{1, one_slot_each};
  Server* const server = fixture.pick();
  Stream stream{loop, *fixture.backend};
  TaskGroup tasks;
  loop.refresh_now();
  tasks.spawn(wait_for(stream, {}, loop.now() + 5ms));
  for (int round = 0; round < 100 && !stream.ended; ++round) loop.run_once(10ms);
  CHECK(stream.ended);
  CHECK(stream.server == nullptr);
  CHECK(fixture.backend->queued.value() == 0);
  fixture.backend->release(*server, fixture.now);
  CHECK(server->sessions.value() == 0);
}

TEST_CASE("a wait ends without a server when the stream is notified", "[servers][queue]") {
  Loop loop;
  Fixture fixture{1, one_slot_each};
  (void)fixture.pick();
  Stream stream{loop, *fixture.backend};
  TaskGroup tasks;
  tasks.spawn(wait_for(stream, {}, lib::base::kNever));
  stream.waiter->notify();
  turn(loop);
  CHECK(stream.ended);
  CHECK(stream.server == nullptr);
}

TEST_CASE("a stream that is destroyed while it waits leaves the queue", "[servers][queue]") {
  Loop loop;
  Fixture fixture{1, one_slot_each};
  Server* const server = fixture.pick();
  Stream gone{loop, *fixture.backend}, stays{loop, *fixture.backend};
  TaskGroup tasks;
  {
    TaskGroup doomed;
    doomed.spawn(wait_for(gone, {}, lib::base::kNever));
    tasks.spawn(wait_for(stays, {}, lib::base::kNever));
  }
  CHECK(fixture.backend->queued.value() == 1);
  fixture.backend->release(*server, fixture.now);
  turn(loop);
  CHECK(stays.server == server);
}

TEST_CASE("a slot granted to a stream that is destroyed before it runs goes on to the next", "[servers][queue]") {
  Loop loop;
  Fixture fixture{1, one_slot_each};
  Server* const server = fixture.pick();
  Stream gone{loop, *fixture.backend}, stays{loop, *fixture.backend};
  TaskGroup tasks;
  {
    TaskGroup doomed;
    doomed.spawn(wait_for(gone, {}, lib::base::kNever));
    tasks.spawn(wait_for(stays, {}, lib::base::kNever));
    fixture.backend->release(*server, fixture.now);
    CHECK(fixture.backend->queued.value() == 1);  // one of them has been granted the slot
  }
  turn(loop);
  CHECK(stays.server == server);
  CHECK(server->sessions.value() == 1);
}

TEST_CASE("a stream with nothing to wait for is told at once", "[servers][queue]") {
  Loop loop;
  Fixture fixture{1, one_slot_each};
  fixture.backend->set_admin(fixture.server(0), kForcedMaint, 0, fixture.now);
  Stream stream{loop, *fixture.backend};
  TaskGroup tasks;
  tasks.spawn(wait_for(stream, {}, lib::base::kNever));
  CHECK(stream.ended);
  CHECK(stream.server == nullptr);
}

TEST_CASE("a slot that is free already is taken without waiting", "[servers][queue]") {
  Loop loop;
  Fixture fixture{1, one_slot_each};
  Stream stream{loop, *fixture.backend};
  TaskGroup tasks;
  tasks.spawn(wait_for(stream, {}, lib::base::kNever));
  CHECK(stream.server == &fixture.server(0));
}

TEST_CASE("the backend's queue and a server's are served together by age", "[servers][queue]") {
  Loop loop;
  Fixture fixture{1, one_slot_each};
  Backend& backend = *fixture.backend;
  Server* const server = fixture.pick();
  Stream a{loop, backend}, b{loop, backend}, c{loop, backend};
  TaskGroup tasks;
  tasks.spawn(wait_for_that(a, *server, lib::base::kNever));
  tasks.spawn(wait_for(b, {}, lib::base::kNever));
  tasks.spawn(wait_for_that(c, *server, lib::base::kNever));
  CHECK(server->queued == 2);
  CHECK(server->queued_max == 2);
  std::string order;
  for (int at = 0; at < 3; ++at) {
    backend.release(*server, fixture.now);
    turn(loop);
    for (const auto& [stream, name] : {std::pair{&a, 'a'}, {&b, 'b'}, {&c, 'c'}}) {
      if (stream->ended && order.find(name) == std::string::npos) order += name;
    }
  }
  CHECK(order == "abc");
  CHECK(server->queued == 0);
}

TEST_CASE("new streams do not overtake those in a server's queue", "[servers][queue]") {
  Loop loop;
  Fixture fixture{2, one_slot_each};
  Backend& backend = *fixture.backend;
  Server* const first = fixture.pick();
  Stream stream{loop, backend};
  TaskGroup tasks;
  tasks.spawn(wait_for_that(stream, *first, lib::base::kNever));
  CHECK(backend.take(*first, fixture.now) != Backend::Taken::Yes);
  CHECK(fixture.order(2) == "s2 s2");
}

TEST_CASE("maxqueue bounds the wait for one server", "[servers][queue]") {
  Loop loop;
  Fixture fixture{1, [](auto& conf) {
                    one_slot_each(conf);
                    conf.servers[0].maxqueue = 1;
                  }};
  Server* const server = fixture.pick();
  Stream waits{loop, *fixture.backend}, refused{loop, *fixture.backend};
  TaskGroup tasks;
  tasks.spawn(wait_for_that(waits, *server, lib::base::kNever));
  tasks.spawn(wait_for_that(refused, *server, lib::base::kNever));
  CHECK_FALSE(waits.ended);
  CHECK(refused.ended);
  CHECK(refused.server == nullptr);
}

TEST_CASE("the queue of a server that goes away chooses again", "[servers][queue]") {
  Loop loop;
  Fixture fixture{2, [](auto& conf) {
                    one_slot_each(conf);
                    conf.algorithm = proxyd::config::Algorithm::Source;
                  }};
  Backend& backend = *fixture.backend;
  const PickKey client{.hash = 2, .has_hash = true};
  bool must_queue = false;
  Server* const first = backend.pick(client, fixture.now, nullptr, must_queue);
  Stream stream{loop, backend};
  TaskGroup tasks;
  tasks.spawn(wait_for(stream, client, lib::base::kNever));
  CHECK(first->queued == 1);  // its own server is full: it waits there though the other one is free
  backend.set_admin(*first, kForcedMaint, 0, fixture.now);
  CHECK(fixture.lines.back().find("1 sessions active, 1 requeued, 0 remaining in queue.") != std::string::npos);
  turn(loop);
  CHECK(stream.ended);
  REQUIRE(stream.server != nullptr);
  CHECK(stream.server != first);
}

TEST_CASE("those that wait get the slots of a higher limit and of a server that comes up", "[servers][queue]") {
  Loop loop;
  Fixture fixture{2, one_slot_each};
  Backend& backend = *fixture.backend;
  backend.set_admin(fixture.server(1), kForcedMaint, 0, fixture.now);
  Server* const first = fixture.pick();
  Stream a{loop, backend}, b{loop, backend}, c{loop, backend};
  TaskGroup tasks;
  for (Stream* stream : {&a, &b, &c}) tasks.spawn(wait_for(*stream, {}, lib::base::kNever));
  backend.set_maxconn(*first, 2, fixture.now);
  turn(loop);
  CHECK(a.server == first);
  CHECK_FALSE(b.ended);
  backend.set_admin(fixture.server(1), 0, kForcedMaint, fixture.now);
  turn(loop);
  CHECK(b.server == &fixture.server(1));
  CHECK_FALSE(c.ended);
  backend.set_maxconn(*first, 0, fixture.now);
  turn(loop);
  CHECK(c.server == first);
}

namespace {

/// What one thread of the stress test does, again and again: a slot, a moment, back.
struct Load {
  Backend& backend;
  std::atomic<std::uint32_t>& inside;
  std::atomic<std::uint32_t>& most;
  std::uint32_t served = 0, gave_up = 0;
  bool ended = false;
};

/// Gives the slot back however its stream ends.
struct Slot {
  Load& load;
  Server& server;
  Loop& loop;
  ~Slot() {
    load.inside.fetch_sub(1);
    load.backend.release(server, loop.now());
  }
};

Task<void> client(Loop& loop, Load& load, int rounds, std::uint32_t seed) {
  lib::event::Waiter waiter{loop};
  for (int round = 0; round < rounds; ++round) {
    bool must_queue = false;
    seed = seed * 1664525u + 1013904223u;
    const PickKey key{.hash = seed, .has_hash = true, .random = seed};
    Server* server = load.backend.pick(key, loop.now(), nullptr, must_queue);
    if (server == nullptr && must_queue) {
      const lib::base::Duration patience = (seed >> 20) % 8 == 0 ? 1ms : 10s;
      server = co_await load.backend.wait_for_slot(waiter, key, loop.now() + patience);
    }
    if (server == nullptr) {
      ++load.gave_up;
      continue;
    }
    const Slot slot{load, *server, loop};
    const std::uint32_t now = load.inside.fetch_add(1) + 1;
    std::uint32_t seen = load.most.load();
    while (now > seen && !load.most.compare_exchange_weak(seen, now)) {
    }
    if ((seed >> 12) % 4 == 0) (void)co_await waiter.until(loop.now() + 50us);
    ++load.served;
  }
}

Task<void> all_clients(Loop& loop, Load& load, int clients, int rounds, std::uint32_t seed) {
  TaskGroup group;
  for (int at = 0; at < clients; ++at) group.spawn(client(loop, load, rounds, seed + std::uint32_t(at) * 7919));
  TaskGroup doomed;  // clients that are cancelled at any point
  lib::event::Waiter waiter{loop};
  for (int at = 0; !group.empty(); ++at) {
    if (doomed.size() < 4) doomed.spawn(client(loop, load, 1000, seed + 77777u * std::uint32_t(at)));
    (void)co_await waiter.until(loop.now() + 300us);
    doomed.cancel_all();
  }
  load.ended = true;
}

void run_thread(Load* load, int clients, int rounds, std::uint32_t seed) {
  Loop loop;
  TaskGroup tasks;
  tasks.spawn(all_clients(loop, *load, clients, rounds, seed));
  while (!load->ended) loop.run_once(10ms);
  loop.run_once(0ms);  // what other threads have posted
}

}  // namespace

TEST_CASE("threads share slots without losing any", "[servers][queue][stress]") {
  using proxyd::config::Algorithm;
  for (const Algorithm algorithm : {Algorithm::RoundRobin, Algorithm::LeastConn, Algorithm::Source}) {
    Fixture fixture{3, [&](auto& conf) {
                      conf.algorithm = algorithm;
                      for (auto& server : conf.servers) server.maxconn = 2;
                    }};
    std::atomic<std::uint32_t> inside{0}, most{0};
    std::vector<Load> loads(3, Load{*fixture.backend, inside, most});
    std::vector<std::thread> threads;
    for (std::size_t at = 0; at < loads.size(); ++at) {
      threads.emplace_back(run_thread, &loads[at], 8, 200, std::uint32_t(at + 1) * 104729u);
    }
    for (int at = 0; at < 20; ++at) {  // meanwhile servers come and go
      fixture.backend->set_admin(fixture.server(0), kForcedDrain, 0, lib::base::monotonic_now());
      std::this_thread::sleep_for(1ms);
      fixture.backend->set_admin(fixture.server(0), 0, kForcedDrain, lib::base::monotonic_now());
      fixture.backend->set_maxconn(fixture.server(1), 1 + std::uint32_t(at) % 2, lib::base::monotonic_now());
    }
    fixture.backend->set_maxconn(fixture.server(1), 2, lib::base::monotonic_now());
    for (std::thread& thread : threads) thread.join();
    CHECK(most <= 6);
    CHECK(inside == 0);
    std::uint32_t served = 0;
    for (const Load& load : loads) served += load.served;
    CHECK(served > 3 * 8 * 100);
    CHECK(fixture.backend->queued.value() == 0);
    for (const auto& server : fixture.backend->servers) {
      CHECK(server->sessions.value() == 0);
      CHECK(server->sessions.max() <= 2);
      CHECK(server->queued == 0);
    }
  }
}

TEST_CASE("two servers alternate exactly, also over threads", "[servers][stress]") {
  Fixture fixture{2, nullptr, 4};
  std::vector<std::thread> threads;
  for (int at = 0; at < 4; ++at) {
    threads.emplace_back([&fixture] {
      bool must_queue = false;
      for (int round = 0; round < 5001; ++round) {
        (void)fixture.backend->pick({}, fixture.now, nullptr, must_queue);
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  CHECK(fixture.server(0).sessions.value() == 10002);
  CHECK(fixture.server(1).sessions.value() == 10002);
}
