// A backend of the next configuration, which takes over what runs.
#include <catch2/catch.hpp>

#include "proxyd/config/server_tls.h"
#include "tests/unit/proxyd/servers/fixture.h"

using namespace proxyd::servers;

namespace {

/// The backend of a fixture as another configuration has it.
struct Next {
  Next(Fixture& before, const Fixture::Adjust& adjust) : conf{before.conf} {
    adjust(conf);
    backend = std::make_shared<Backend>(nullptr, conf, 1, nullptr, before.backend.get());
    backend->become_newest();
  }
  proxyd::config::Proxy conf;
  std::shared_ptr<Backend> backend;
};

void nothing(proxyd::config::Proxy&) {}

}  // namespace

TEST_CASE("what was counted and set at run time goes on", "[servers][reload]") {
  Fixture first{2};
  first.server(0).counters.of(0)[Count::SessTot].add(7);
  first.backend->set_weight(first.server(0), 9, first.now);
  first.backend->set_admin(first.server(1), kForcedDrain, 0, first.now);
  first.backend->set_maxconn(first.server(1), 3, first.now);
  Next next{first, nothing};
  Server& one = *next.backend->servers[0];
  CHECK(one.counters.sum(Count::SessTot) == 7);
  CHECK(one.weight == 9);
  CHECK(next.backend->servers[1]->admin == kForcedDrain);
  CHECK(next.backend->servers[1]->maxconn == 3);
  CHECK(next.backend->usable_active() == 1);
}

TEST_CASE("what the files say anew counts", "[servers][reload]") {
  Fixture first{2};
  first.backend->set_weight(first.server(0), 9, first.now);
  const std::uint32_t generation = first.server(1).pool_generation;
  Next next{first, [](proxyd::config::Proxy& conf) {
              conf.servers[0].weight = 4;
              conf.servers[1].where.ip = lib::net::Address::ipv4(0x7f000002, 80);
              conf.servers[1].disabled = true;
            }};
  CHECK(next.backend->servers[0]->weight == 4);
  CHECK(next.backend->servers[1]->where.ip.text() == "127.0.0.2:80");
  CHECK(next.backend->servers[1]->pool_generation > generation);
  CHECK(next.backend->servers[1]->operation == Operation::Stopped);
  CHECK(next.backend->usable_active() == 1);
}

TEST_CASE("a server that is found down is down in both", "[servers][reload]") {
  Fixture first{2};
  Next next{first, nothing};
  next.backend->set_operation(*next.backend->servers[0], Operation::Stopped, "test", first.now);
  CHECK(first.order(3) == "s2 s2 s2");
  CHECK(first.backend->usable_active() == 1);
  next.backend->set_operation(*next.backend->servers[0], Operation::Running, "test", first.now);
  CHECK(first.backend->usable_active() == 2);
}

TEST_CASE("a server that was down without checks is up again where the files want none", "[servers][reload]") {
  Fixture first{1, [](proxyd::config::Proxy& conf) { conf.servers[0].check = true; }};
  first.backend->set_operation(first.server(0), Operation::Stopped, "test", first.now);
  Next next{first, [](proxyd::config::Proxy& conf) { conf.servers[0].check = false; }};
  CHECK(next.backend->servers[0]->operation == Operation::Running);
  CHECK(next.backend->is_up());
}

TEST_CASE("limits hold over both, and a slot that is given back serves whoever waits the longest", "[servers][reload]") {
  Fixture first{1, [](proxyd::config::Proxy& conf) { conf.servers[0].maxconn = 1; }};
  Server* const taken = first.pick();
  REQUIRE(taken != nullptr);
  lib::event::Loop loop;
  lib::event::Waiter waiter{loop};
  lib::event::TaskGroup tasks;
  Server* granted = nullptr;
  const auto wait = [](Backend& backend, lib::event::Waiter& sleeper, Server*& into) -> lib::event::Task<void> {
    into = co_await backend.wait_for_slot(sleeper, {}, lib::base::kNever);
  };
  tasks.spawn(wait(*first.backend, waiter, granted));
  loop.run_once(std::chrono::milliseconds{0});
  CHECK(first.backend->queued.value() == 1);
  Next next{first, nothing};
  bool must_queue = false;
  CHECK(next.backend->pick({}, first.now, nullptr, must_queue) == nullptr);
  CHECK(must_queue);
  next.backend->release(*next.backend->servers[0], first.now);  // by a stream of the next configuration
  for (int i = 0; i < 100 && granted == nullptr; ++i) loop.run_once(std::chrono::milliseconds{1});
  CHECK(granted == taken);
  CHECK(next.backend->queued.value() == 0);
  CHECK(taken->sessions.value() == 1);
}

TEST_CASE("a body that goes leaves the state to the other", "[servers][reload]") {
  Fixture first{2};
  auto next = std::make_unique<Next>(first, nothing);
  CHECK(first.server(0).state->bodies.size() == 2);
  next.reset();
  CHECK(first.server(0).state->bodies.size() == 1);
  CHECK(first.backend->state->bodies.size() == 1);
  CHECK(first.order(2) == "s1 s2");
}
