#include <catch2/catch.hpp>

#include <array>
#include <chrono>

#include "proxyd/balance/first.h"
#include "proxyd/balance/least_conn.h"
#include "proxyd/balance/random_draw.h"
#include "proxyd/balance/hash_key.h"
#include "proxyd/balance/hash_map.h"
#include "tests/unit/proxyd/balance/fake_load.h"

using namespace proxyd::balance;

namespace {

/// Picks that all stay: each pick adds a stream to its server.
std::vector<std::uint32_t> order_of_staying(LeastConn& balancer, FakeLoad& load, std::size_t picks) {
  std::vector<std::uint32_t> order;
  for (std::size_t at = 0; at < picks; ++at) {
    const std::uint32_t slot = balancer.pick({}, load).slot;
    balancer.on_load(slot, ++load.loads[slot]);
    order.push_back(slot + 1);
  }
  return order;
}

}  // namespace

TEST_CASE("leastconn fills servers by their weight, in the original's order", "[balance]") {
  // Measured on haproxy 2.6.12 with requests that are never answered.
  const std::vector<std::pair<std::string_view, std::string_view>> table = {
      {"1,2,3", "1 2 3 3 2 3 3 2 3 1 2 3 3 2 3 1 2 3"},
      {"3,2,1", "1 2 3 1 2 1 1 2 1 3 2 1 1 2 1 3 2 1"},
      {"10,20,30", "1 2 3 3 2 3 3 2 3 1 2 3 3 2 3 1 2 3"},
      {"1,1,1", "1 2 3 1 2 3 1 2 3"},
      {"7,3,2", "1 2 3 1 1 1 2 1 1 3 2 1 1 1 2 1 3 1 2 1 1 3 2 1"},
      {"256,100,10", "1 2 3 1 1 1 2 1 1 2 1 1 1 2 1 1 2 1 1 1 2 1 1 2"},
  };
  for (const auto& [text, servers] : table) {
    const std::vector<std::uint32_t> weights = numbers(text), expected = numbers(servers);
    INFO("weights " << text);
    FakeLoad load{weights.size()};
    LeastConn balancer;
    balancer.rebuild(candidates_of(weights), load);
    CHECK(order_of_staying(balancer, load, expected.size()) == expected);
  }
}

TEST_CASE("leastconn takes idle servers in turn, whatever their weights", "[balance]") {
  FakeLoad load{3};
  LeastConn balancer;
  balancer.rebuild(candidates_of({1, 2, 3}), load);
  std::vector<std::uint32_t> order;
  for (int at = 0; at < 6; ++at) {
    const std::uint32_t slot = balancer.pick({}, load).slot;
    balancer.on_load(slot, 1);
    balancer.on_load(slot, 0);
    order.push_back(slot + 1);
  }
  CHECK(order == numbers("1 2 3 1 2 3"));
}

TEST_CASE("leastconn looks past full and avoided servers", "[balance]") {
  FakeLoad load{3};
  LeastConn balancer;
  load.loads = {0, 1, 2};
  balancer.rebuild(candidates_of({1, 1, 1}), load);
  CHECK(balancer.pick({}, load).slot == 0);
  CHECK(balancer.pick({.avoid = 0}, load).slot == 1);
  load.full = {true, false, false};
  CHECK(balancer.pick({.avoid = 1}, load).slot == 2);
  load.full = {true, false, true};
  CHECK(balancer.pick({.avoid = 1}, load).slot == 1);
  load.full = {true, true, true};
  CHECK(balancer.pick({.avoid = 1}, load).must_queue);
  balancer.rebuild({}, load);
  CHECK_FALSE(balancer.pick({}, load).must_queue);
  CHECK(balancer.pick({}, load).slot == kNoServer);
}

TEST_CASE("leastconn always finds the least loaded of many servers", "[balance]") {
  constexpr std::uint32_t kServers = 1000;
  FakeLoad load{kServers};
  std::vector<std::uint32_t> weights;
  for (std::uint32_t at = 0; at < kServers; ++at) weights.push_back(1 + at % 256);
  LeastConn balancer;
  balancer.rebuild(candidates_of(weights), load);
  std::uint32_t seed = 7;
  for (int step = 0; step < 20000; ++step) {
    seed = seed * 1664525 + 1013904223;
    const std::uint32_t slot = (seed >> 8) % kServers;
    load.loads[slot] = (seed >> 4) % 50;
    balancer.on_load(slot, load.loads[slot]);
    if (step % 500 != 0) continue;
    const auto cost = [&](std::uint32_t at) {
      return load.loads[at] == 0 ? 0 : (load.loads[at] + 1) * 256 / weights[at];
    };
    std::uint32_t best = UINT32_MAX;
    for (std::uint32_t at = 0; at < kServers; ++at) best = std::min(best, cost(at));
    CHECK(cost(balancer.pick({}, load).slot) == best);
  }
}

TEST_CASE("first fills the lowest id before it goes on", "[balance]") {
  FakeLoad load{3};
  First balancer;
  balancer.rebuild(std::vector<Candidate>{{0, 30, 1}, {1, 10, 100}, {2, 20, 1}}, load);
  CHECK(balancer.pick({}, load).slot == 1);
  CHECK(balancer.pick({.avoid = 1}, load).slot == 2);
  load.full[1] = true;
  CHECK(balancer.pick({}, load).slot == 2);
  load.full[2] = true;
  CHECK(balancer.pick({}, load).slot == 0);
  CHECK(balancer.pick({.avoid = 0}, load).slot == 0);
  load.full[0] = true;
  CHECK(balancer.pick({}, load).must_queue);
  balancer.rebuild({}, load);
  CHECK_FALSE(balancer.pick({}, load).must_queue);
}

TEST_CASE("source picks by the folded address, as measured on the original", "[balance]") {
  FakeLoad load{4};
  HashMap balancer;
  balancer.rebuild(candidates_of({1, 1, 1, 1}), load);
  const std::vector<std::pair<std::array<std::uint8_t, 4>, std::uint32_t>> table = {
      {{127, 0, 0, 1}, 2}, {{127, 0, 0, 2}, 3}, {{127, 0, 0, 3}, 4}, {{127, 0, 0, 4}, 1},
      {{127, 1, 2, 3}, 4}, {{127, 9, 8, 7}, 4}, {{127, 0, 1, 1}, 2}, {{127, 255, 255, 254}, 3},
  };
  for (const auto& [address, server] : table) {
    CHECK(balancer.pick({.hash = fold_address(address), .has_hash = true}, load).slot + 1 == server);
  }
}

TEST_CASE("an IPv6 address folds by 32-bit words", "[balance]") {
  const std::array<std::uint8_t, 16> address = {0x20, 0x01, 0x0d, 0xb8, 0, 0, 0, 1, 0, 0, 0x10, 0, 0, 0, 0, 9};
  CHECK(fold_address(address) == (0x20010db8u ^ 1u ^ 0x1000u ^ 9u));
}

TEST_CASE("a client of a full server queues at that server, and an avoided one hands over", "[balance]") {
  FakeLoad load{2};
  HashMap balancer;
  balancer.rebuild(candidates_of({1, 1}), load);
  load.full[0] = true;
  const Choice choice = balancer.pick({.hash = 2, .has_hash = true}, load);
  CHECK(choice.slot == kNoServer);
  CHECK(choice.must_queue);
  CHECK(choice.queue_at == 0);
  CHECK(balancer.pick({.hash = 2, .has_hash = true, .avoid = 0}, load).slot == 1);
  balancer.rebuild({}, load);
  CHECK_FALSE(balancer.pick({.hash = 2, .has_hash = true}, load).must_queue);
}

TEST_CASE("random draws by weight", "[balance]") {
  FakeLoad load{3};
  RandomDraw balancer{1};
  balancer.rebuild(candidates_of({1, 2, 7}), load);
  std::array<int, 3> share{};
  for (std::uint64_t bits = 0; bits < 10000; ++bits) ++share[balancer.pick({.random = bits}, load).slot];
  CHECK(share[0] == Approx(1000).margin(150));
  CHECK(share[1] == Approx(2000).margin(200));
  CHECK(share[2] == Approx(7000).margin(300));
}

TEST_CASE("of two drawn servers the less loaded one serves", "[balance]") {
  FakeLoad load{2};
  RandomDraw balancer{2};
  balancer.rebuild(candidates_of({1, 1}), load);
  load.loads = {100, 0};
  int busy = 0;
  for (std::uint64_t bits = 0; bits < 4000; ++bits) busy += balancer.pick({.random = bits}, load).slot == 0;
  CHECK(busy == Approx(1000).margin(150));  // only when it was drawn twice
  for (std::uint64_t bits = 0; bits < 100; ++bits) CHECK(balancer.pick({.random = bits, .avoid = 0}, load).slot == 1);
  load.full = {true, true};
  CHECK(balancer.pick({.random = 5}, load).must_queue);
}

TEST_CASE("very heavy sets are scaled down without losing a server", "[balance]") {
  std::vector<std::uint32_t> weights;
  for (std::uint32_t at = 0; at < 2000; ++at) weights.push_back(1 + at % 256);
  FakeLoad load{weights.size()};
  HashMap balancer;
  balancer.rebuild(candidates_of(weights), load);
  std::vector<bool> seen(weights.size(), false);
  for (std::uint32_t source = 0; source < 70000; ++source) seen[balancer.pick({.hash = source, .has_hash = true}, load).slot] = true;
  CHECK(std::count(seen.begin(), seen.end(), false) == 0);
}
