// Loads and limits set by hand, and short ways to make candidates.
#pragma once

#include <sstream>
#include <string>
#include <string_view>
#include <vector>

#include "proxyd/balance/balancer.h"

class FakeLoad final : public proxyd::balance::LoadView {
 public:
  explicit FakeLoad(std::size_t servers) : loads(servers, 0), full(servers, false), queue_full(servers, false) {}
  std::uint32_t load(std::uint32_t slot) const override { return loads[slot]; }
  bool is_full(std::uint32_t slot) const override { return full[slot]; }
  std::uint32_t served(std::uint32_t slot) const override { return loads[slot]; }
  bool is_queue_full(std::uint32_t slot) const override { return queue_full[slot]; }
  std::vector<std::uint32_t> loads;
  std::vector<bool> full, queue_full;
};

inline std::vector<std::uint32_t> numbers(std::string_view text) {
  std::istringstream in{std::string{text}};
  std::vector<std::uint32_t> all;
  for (std::uint32_t number = 0; in >> number;) {
    all.push_back(number);
    if (in.peek() == ',') in.ignore();
  }
  return all;
}

/// Servers of these weights; those of weight 0 take no streams and are left out.
inline std::vector<proxyd::balance::Candidate> candidates_of(const std::vector<std::uint32_t>& weights) {
  std::vector<proxyd::balance::Candidate> all;
  for (std::uint32_t slot = 0; slot < weights.size(); ++slot) {
    if (weights[slot] != 0) all.push_back({.slot = slot, .id = slot + 1, .weight = weights[slot] * 16});
  }
  return all;
}

/// The servers picked one after the other, from 1, each released at once.
inline std::vector<std::uint32_t> order_of(proxyd::balance::Balancer& balancer, FakeLoad& load, std::size_t picks) {
  std::vector<std::uint32_t> order;
  for (std::size_t at = 0; at < picks; ++at) order.push_back(balancer.pick({}, load).slot + 1);
  return order;
}
