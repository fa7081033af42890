#include "checkerd/driver/slots.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <numeric>

namespace checkerd::driver {
namespace {

constexpr std::uint64_t kMostTurns = 1024;      // a longer round is drawn at random: turns would come in long runs
constexpr std::uint64_t kMostRandom = 1U << 24;
constexpr std::uint32_t kHashSlots = 256;       // as IPVS's sh and dh have
constexpr std::uint8_t kSourcePortFlag = 2;     // sh-port, mh-port

struct Row {
  const char* scheduler;
  Mapping mapping;
};
using Kind = Mapping::Kind;
constexpr auto kRows = std::to_array<Row>({
    {"rr", {.kind = Kind::Turns, .by_weight = false}},
    {"wrr", {.kind = Kind::Turns}},
    {"sh", {.kind = Kind::Source}},
    {"dh", {.kind = Kind::Destination}},
    {"mh", {.kind = Kind::Source}},
    {"fo", {.kind = Kind::Highest}},
    // nftables does not know how many connections a server has.
    {"lc", {.kind = Kind::Turns, .mapped_to = "rr", .by_weight = false}},
    {"wlc", {.kind = Kind::Turns, .mapped_to = "wrr"}},
    {"sed", {.kind = Kind::Turns, .mapped_to = "wrr"}},
    {"nq", {.kind = Kind::Turns, .mapped_to = "wrr"}},
    {"twos", {.kind = Kind::Random, .mapped_to = "a choice at random, by weight"}},
    {"lblc", {.kind = Kind::Destination, .mapped_to = "dh"}},
    {"lblcr", {.kind = Kind::Destination, .mapped_to = "dh"}},
});

void append(Slots& out, std::size_t server, std::uint32_t count) {
  out.ranges.push_back({.first = out.count, .last = out.count + count - 1, .server = server});
  out.count += count;
}

/// In IPVS's order: the heaviest first, then those that are as heavy as what it has left, and so on.
void take_turns(Slots& out, const std::vector<std::uint64_t>& weights) {
  const std::uint64_t most = *std::max_element(weights.begin(), weights.end());
  for (std::uint64_t left = most; left > 0; --left) {
    for (std::size_t i = 0; i < weights.size(); ++i)
      if (weights[i] >= left) append(out, i, 1);
  }
}

std::uint64_t mixed(std::uint64_t value) {  // splitmix64: every bit counts for every bit
  value += 0x9e3779b97f4a7c15;
  value = (value ^ (value >> 30)) * 0xbf58476d1ce4e5b9;
  value = (value ^ (value >> 27)) * 0x94d049bb133111eb;
  return value ^ (value >> 31);
}

std::uint64_t hash_of(const Address& address) {
  std::uint64_t out = 0xcbf29ce484222325;  // FNV-1a
  for (const char c : address.text()) out = (out ^ static_cast<std::uint8_t>(c)) * 0x100000001b3;
  return out;
}

/// Each slot goes to the server that draws the best lot for it (rendezvous hashing, weighted): when a server leaves, only its own
/// slots move.
void draw_lots(Slots& out, const std::vector<std::uint64_t>& weights, const std::vector<Destination>& servers) {
  for (std::uint32_t slot = 0; slot < kHashSlots; ++slot) {
    std::size_t best = 0;
    double best_lot = -1;
    for (std::size_t i = 0; i < servers.size(); ++i) {
      if (weights[i] == 0) continue;
      const auto draw = static_cast<double>(mixed(hash_of(servers[i].address) ^ mixed(slot)) >> 11);
      const double unit = (draw + 1) / 9007199254740994.0;  // in (0, 1): 53 bits
      const double lot = static_cast<double>(weights[i]) / -std::log(unit);
      if (lot > best_lot) {
        best_lot = lot;
        best = i;
      }
    }
    append(out, best, 1);
  }
}

void draw_at_random(Slots& out, std::vector<std::uint64_t> weights) {
  const std::uint64_t sum = std::accumulate(weights.begin(), weights.end(), std::uint64_t{0});
  const std::uint64_t divisor = sum / kMostRandom + 1;
  out.draw = Draw::Random;
  for (std::size_t i = 0; i < weights.size(); ++i)
    if (weights[i] > 0) append(out, i, static_cast<std::uint32_t>(std::max<std::uint64_t>(weights[i] / divisor, 1)));
}

std::vector<std::uint64_t> weights_of(const std::vector<Destination>& servers, bool by_weight) {
  std::vector<std::uint64_t> out;
  std::uint64_t divisor = 0;
  for (const Destination& server : servers) {
    out.push_back(by_weight || server.weight == 0 ? server.weight : 1);
    divisor = std::gcd(divisor, out.back());
  }
  for (std::uint64_t& weight : out) weight /= std::max<std::uint64_t>(divisor, 1);
  return out;
}

}  // namespace

std::optional<Mapping> map_scheduler(const std::string& scheduler) {
  const auto row = std::find_if(kRows.begin(), kRows.end(), [&](const Row& each) { return scheduler == each.scheduler; });
  return row == kRows.end() ? std::nullopt : std::optional{row->mapping};
}

Slots make_slots(const Service& service, const std::vector<Destination>& servers) {
  Slots out;
  const auto mapping = map_scheduler(service.scheduler);
  if (!mapping) return out;
  const auto weights = weights_of(servers, mapping->by_weight);
  const std::uint64_t sum = std::accumulate(weights.begin(), weights.end(), std::uint64_t{0});
  if (sum == 0) return out;
  switch (mapping->kind) {
    case Kind::Turns:
      if (sum <= kMostTurns) take_turns(out, weights);
      else draw_at_random(out, weights);
      break;
    case Kind::Highest: append(out, static_cast<std::size_t>(std::max_element(weights.begin(), weights.end()) - weights.begin()), 1); break;
    case Kind::Random: draw_at_random(out, weights); break;
    case Kind::Source:
      out.draw = (service.scheduler_flags & kSourcePortFlag) != 0 ? Draw::SourceAndPort : Draw::Source;
      draw_lots(out, weights, servers);
      break;
    case Kind::Destination:
      out.draw = Draw::Destination;
      draw_lots(out, weights, servers);
      break;
  }
  return out;
}

Slots make_hashed_slots(const std::vector<Destination>& servers) {
  Slots out;
  out.draw = Draw::SourceAndPort;
  const auto weights = weights_of(servers, true);
  if (std::any_of(weights.begin(), weights.end(), [](std::uint64_t weight) { return weight != 0; })) draw_lots(out, weights, servers);
  return out;
}

}  // namespace checkerd::driver
