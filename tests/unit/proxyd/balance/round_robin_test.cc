#include "proxyd/balance/round_robin.h"

#include <catch2/catch.hpp>

#include <algorithm>
#include <map>

#include "tests/unit/proxyd/balance/fake_load.h"
#include "tests/unit/proxyd/balance/measured_orders.h"

using proxyd::balance::Candidate;
using proxyd::balance::Choice;
using proxyd::balance::RoundRobin;

namespace {

RoundRobin smooth(const std::vector<std::uint32_t>& weights, FakeLoad& load) {
  RoundRobin balancer{RoundRobin::Order::Smooth};
  balancer.rebuild(candidates_of(weights), load);
  return balancer;
}

}  // namespace

TEST_CASE("round robin serves weighted servers in the original's order", "[balance]") {
  for (const MeasuredOrder& measured : kMeasuredRoundRobin) {
    const std::vector<std::uint32_t> weights = numbers(measured.weights), expected = numbers(measured.servers);
    INFO("weights " << measured.weights);
    REQUIRE(!expected.empty());
    FakeLoad load{weights.size()};
    RoundRobin balancer = smooth(weights, load);
    CHECK(order_of(balancer, load, expected.size()) == expected);
  }
}

TEST_CASE("the scale of the weights does not change the order", "[balance]") {
  FakeLoad load{3};
  RoundRobin small = smooth({7, 3, 2}, load), large = smooth({35, 15, 10}, load);
  CHECK(order_of(small, load, 60) == order_of(large, load, 60));
}

TEST_CASE("static-rr serves in the order of its map", "[balance]") {
  const std::vector<std::pair<std::string_view, std::string_view>> table = {
      {"1,1", "1 2 1 2 1 2"},
      {"1,2,3", "1 3 2 3 2 3 1 3 2 3 2 3"},
      {"3,2,1", "1 1 2 1 2 3 1 1 2 1 2 3"},
      {"5,1,1", "1 1 1 2 1 1 3 1 1 1 2 1 1 3"},
      {"10,20,30", "1 3 2 3 2 3 1 3 2 3 2 3"},
      {"2,3", "1 2 1 2 2 1 2 1 2 2"},
      {"1,0,2", "1 3 3 1 3 3 1 3 3"},
      {"7,3,2", "1 1 2 1 2 3 1 1 1 2 1 3 1 1 2 1 2 3 1 1 1 2 1 3"},
      {"7,3,2,9,1", "1 2 4 1 4 3 1 4 2 4 1 3 4 1 4 1 2 4 1 4 4 5 1 2 4 1 4 3 1 4 2 4 1 3 4 1 4 1 2 4 1 4 4 5"},
  };
  for (const auto& [text, servers] : table) {
    const std::vector<std::uint32_t> weights = numbers(text), expected = numbers(servers);
    INFO("weights " << text);
    FakeLoad load{weights.size()};
    RoundRobin balancer{RoundRobin::Order::Static};
    balancer.rebuild(candidates_of(weights), load);
    CHECK(order_of(balancer, load, expected.size()) == expected);
  }
}

TEST_CASE("each server gets its share of every cycle, whatever the weights", "[balance]") {
  const std::vector<std::uint32_t> weights = {256, 1, 77, 130, 9, 255};
  FakeLoad load{weights.size()};
  RoundRobin balancer = smooth(weights, load);
  std::map<std::uint32_t, std::uint32_t> share;
  for (const std::uint32_t server : order_of(balancer, load, 3 * 728)) ++share[server];
  for (std::size_t at = 0; at < weights.size(); ++at) CHECK(share[std::uint32_t(at) + 1] == 3 * weights[at]);
}

TEST_CASE("a thousand servers with uneven weights are served without a stored schedule", "[balance]") {
  std::vector<std::uint32_t> weights;
  std::uint64_t total = 0;
  for (std::uint32_t at = 0; at < 1000; ++at) total += weights.emplace_back(1 + at * 7 % 256);
  FakeLoad load{weights.size()};
  RoundRobin balancer = smooth(weights, load);
  std::vector<std::uint32_t> share(weights.size(), 0);
  for (const std::uint32_t server : order_of(balancer, load, total)) ++share[server - 1];
  for (std::size_t at = 0; at < weights.size(); ++at) {
    CHECK(share[at] + 2 >= weights[at]);
    CHECK(share[at] <= weights[at] + 2);
  }
  std::fill(load.full.begin(), load.full.end(), true);
  load.full[123] = false;
  CHECK(balancer.pick({}, load).slot == 123);
}

TEST_CASE("round robin passes over full servers and says when all are full", "[balance]") {
  FakeLoad load{3};
  RoundRobin balancer = smooth({1, 1, 1}, load);
  load.full = {true, false, true};
  CHECK(order_of(balancer, load, 3) == numbers("2 2 2"));
  load.full[1] = true;
  const Choice choice = balancer.pick({}, load);
  CHECK(choice.slot == proxyd::balance::kNoServer);
  CHECK(choice.must_queue);
}

TEST_CASE("the avoided server serves only when no other can", "[balance]") {
  FakeLoad load{2};
  RoundRobin balancer = smooth({1, 1}, load);
  CHECK(balancer.pick({.avoid = 0}, load).slot == 1);
  CHECK(balancer.pick({.avoid = 0}, load).slot == 1);
  load.full[1] = true;
  CHECK(balancer.pick({.avoid = 0}, load).slot == 0);
  load.full[0] = true;
  CHECK(balancer.pick({.avoid = 0}, load).must_queue);
}

TEST_CASE("without candidates there is no server and nothing to queue for", "[balance]") {
  FakeLoad load{0};
  RoundRobin balancer = smooth({}, load);
  const Choice choice = balancer.pick({}, load);
  CHECK(choice.slot == proxyd::balance::kNoServer);
  CHECK_FALSE(choice.must_queue);
}

TEST_CASE("a change of candidates goes on after the server served last", "[balance]") {
  FakeLoad load{3};
  RoundRobin balancer = smooth({1, 1, 1}, load);
  CHECK(order_of(balancer, load, 2) == numbers("1 2"));
  balancer.rebuild(candidates_of({1, 1, 1}), load);
  CHECK(order_of(balancer, load, 1) == numbers("3"));
  balancer.rebuild(candidates_of({1, 1, 0}), load);
  CHECK(order_of(balancer, load, 3) == numbers("1 2 1"));
  balancer.rebuild(candidates_of({0, 1, 1}), load);  // the first, which was served last, has gone
  CHECK(order_of(balancer, load, 2) == numbers("2 3"));
}
