// The order in which `balance roundrobin` serves weighted servers: each one evenly spread over the cycle.
// Measured on the original (shared/reference/haproxy/lb-algorithms.md section 1), reproduced pick by pick.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace proxyd::balance {

/// An endless sequence of indexes into `weights`. O(log servers) a step, no allocation after construction.
class SmoothOrder {
 public:
  /// Weights of zero never come up; at least one must be positive.
  explicit SmoothOrder(std::span<const std::uint32_t> weights);
  std::uint32_t next();

 private:
  /// A server that has been served and waits for its turn.
  struct Turn {
    std::uint64_t due;      // position at which it is due, rounded down
    std::uint32_t rest;     // what the rounding left, in 1/weight
    std::uint32_t weight;
    std::uint64_t entered;  // position at which it was served last
    std::uint32_t index;
  };
  static bool is_later(const Turn& a, const Turn& b);
  void advance(Turn turn);

  std::vector<Turn> turns_;        // a heap: the one to serve first is on top
  std::vector<Turn> newcomers_;    // not served yet, the next to enter at the back
  std::uint64_t position_ = 0;
  std::uint32_t total_ = 0;
};

}  // namespace proxyd::balance
