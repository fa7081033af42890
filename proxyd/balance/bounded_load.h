// "hash-balance-factor": no server serves more than its share of all streams, times a factor.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "proxyd/balance/balancer.h"

namespace proxyd::balance {

class BoundedLoad {
 public:
  /// Per cent of the weighted mean; 0: no bound.
  explicit BoundedLoad(std::uint32_t factor) : factor_{factor} {}
  void rebuild(std::span<const Candidate> candidates);
  /// Whether the server may take one more stream.
  bool takes(std::uint32_t slot, const LoadView& view) const { return factor_ == 0 || is_below_share(slot, view); }

 private:
  struct Part {
    std::uint64_t from, to;  // this server's part of the weights, laid end to end
  };
  bool is_below_share(std::uint32_t slot, const LoadView& view) const;

  std::uint32_t factor_;
  std::uint64_t total_ = 0;
  std::vector<Part> parts_;           // by slot
  std::vector<std::uint32_t> slots_;  // the candidates'
};

}  // namespace proxyd::balance
