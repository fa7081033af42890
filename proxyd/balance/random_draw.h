// `balance random(draws)`: a few servers drawn by weight, the least loaded of them serves.
#pragma once

#include <cstdint>
#include <vector>

#include "proxyd/balance/balancer.h"
#include "proxyd/balance/bounded_load.h"

namespace proxyd::balance {

class RandomDraw final : public Balancer {
 public:
  /// `factor`: "hash-balance-factor", 0 for none.
  explicit RandomDraw(std::uint32_t draws, std::uint32_t factor = 0) : draws_{draws == 0 ? 1 : draws}, bound_{factor} {}
  void rebuild(std::span<const Candidate> candidates, const LoadView& view) override;
  Choice pick(const Question& question, const LoadView& view) override;
  Choice peek(const Question& question, const LoadView& view) const override;

 private:
  std::size_t draw(std::uint64_t bits) const;

  std::uint32_t draws_;
  BoundedLoad bound_;
  std::vector<Candidate> candidates_;
  std::vector<std::uint64_t> up_to_;  // running sum of the weights
};

}  // namespace proxyd::balance
