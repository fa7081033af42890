#include "checkerd/driver/slots.h"

#include <catch2/catch.hpp>

#include <set>

#include "checkerd/driver/nft_usage.h"

using namespace checkerd;
using namespace checkerd::driver;

namespace {

std::vector<Destination> servers(const std::vector<std::uint32_t>& weights) {
  std::vector<Destination> out;
  for (const auto weight : weights) {
    Destination each;
    each.address = Address::ipv4(0x0a010000 + 11 + static_cast<std::uint32_t>(out.size()), 80);
    each.weight = weight;
    out.push_back(each);
  }
  return out;
}

Slots slots(const std::string& scheduler, const std::vector<std::uint32_t>& weights) {
  Service service;
  service.key.family = AF_INET;
  service.scheduler = scheduler;
  return make_slots(service, servers(weights));
}

std::vector<std::size_t> order(const Slots& slots) {
  std::vector<std::size_t> out;
  for (const auto& range : slots.ranges) out.insert(out.end(), range.last - range.first + 1, range.server);
  return out;
}

std::size_t share(const Slots& slots, std::size_t server) {
  const auto all = order(slots);
  return static_cast<std::size_t>(std::count(all.begin(), all.end(), server));
}

}  // namespace

TEST_CASE("turns are taken in the order of IPVS's wrr", "[checkerd][nftables]") {
  CHECK(order(slots("rr", {5, 1, 1})) == std::vector<std::size_t>{0, 1, 2});
  CHECK(order(slots("wrr", {1, 2})) == std::vector<std::size_t>{1, 0, 1});
  CHECK(order(slots("wrr", {100, 300, 200})) == std::vector<std::size_t>{1, 1, 2, 0, 1, 2});
  CHECK(order(slots("wlc", {4, 0, 2})) == std::vector<std::size_t>{0, 0, 2});
}

TEST_CASE("without a server of weight there is no slot", "[checkerd][nftables]") {
  for (const char* scheduler : {"rr", "wrr", "sh", "mh", "fo", "twos", "lblc"}) {
    CHECK(slots(scheduler, {0, 0}).count == 0);
    CHECK(slots(scheduler, {}).count == 0);
  }
}

TEST_CASE("weights without a common divisor are drawn at random in their proportion", "[checkerd][nftables]") {
  const Slots drawn = slots("wrr", {65535, 65534, 1});
  CHECK(drawn.draw == Draw::Random);
  CHECK(drawn.count == 131070);
  CHECK(drawn.ranges == std::vector<Slots::Range>{{0, 65534, 0}, {65535, 131068, 1}, {131069, 131069, 2}});
  CHECK(slots("wrr", {2147483647, 2147483646, 1}).count <= (1U << 24) + 3);
}

TEST_CASE("hashes share the slots by weight, and a server that leaves moves only its own", "[checkerd][nftables]") {
  for (const char* scheduler : {"sh", "mh", "dh"}) {
    const auto before = order(slots(scheduler, {1, 1, 2})), after = order(slots(scheduler, {1, 0, 2}));
    CHECK(share(slots(scheduler, {1, 1, 2}), 2) > 96);
    CHECK(share(slots(scheduler, {1, 1, 2}), 2) < 160);
    REQUIRE(before.size() == 256);
    for (std::size_t i = 0; i < before.size(); ++i) {
      if (before[i] != 1) CHECK(before[i] == after[i]);
    }
  }
}

TEST_CASE("fo has the heaviest only", "[checkerd][nftables]") { CHECK(order(slots("fo", {1, 5, 3})) == std::vector<std::size_t>{1}); }

TEST_CASE("only a scheduler that nothing comes near is unknown", "[checkerd][nftables]") {
  CHECK_FALSE(map_scheduler("ovf"));
  CHECK_FALSE(map_scheduler("nonsense"));
  for (const char* known : {"rr", "wrr", "lc", "wlc", "lblc", "lblcr", "sh", "mh", "dh", "fo", "sed", "nq", "twos"}) CHECK(map_scheduler(known));
}

TEST_CASE("the kernel's keys are read as they were written", "[checkerd][nftables]") {
  using Bytes = std::vector<std::uint8_t>;
  const Bytes port{10, 2, 0, 1, 6, 0, 0, 0, 0, 80, 0, 0, 10, 3, 0, 1, 0x1f, 0x90, 0, 0};
  CHECK(key_text("in_port4", port) == "10.2.0.1 . 6 . 80 . 10.3.0.1 . 8080");
  CHECK(key_text("new_host4", Bytes{10, 2, 0, 1, 17, 0, 0, 0, 10, 3, 0, 1}) == "10.2.0.1 . 17 . 10.3.0.1");
  CHECK(key_text("in_mark4", Bytes{7, 0, 0, 0, 10, 3, 0, 1}) == "0x00000007 . 10.3.0.1");
  CHECK(key_text("out_mark4", Bytes{10, 3, 0, 1}) == "10.3.0.1");
  CHECK(key_text("out_mark6", Bytes{0xfd, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x11}) == "fd00:1::11");
  CHECK(key_text("in_port4", Bytes{port.begin(), port.end() - 4}).empty());
  CHECK(key_text("in_port6", port).empty());
  CHECK(key_text("in_port4", {}).empty());
}

TEST_CASE("persistence maps are read from what nft lists", "[checkerd][nftables]") {
  const auto map = parse_map("elements = { 10.1.0.1 timeout 5m expires 4m59s968ms : 10.1.0.11 . 80, 10.1.0.2 expires 1s : 10.1.0.12 . 80 }");
  CHECK(map == std::vector<std::pair<std::string, std::string>>{{"10.1.0.1", "10.1.0.11 . 80"}, {"10.1.0.2", "10.1.0.12 . 80"}});
  CHECK(parse_map("elements = { ").empty());
  CHECK(parse_map("").empty());
}
