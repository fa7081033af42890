// `balance first`: the server with the lowest id that still has a free slot. Weights do not count.
#pragma once

#include <vector>

#include "proxyd/balance/balancer.h"

namespace proxyd::balance {

class First final : public CopiedBalancer<First> {
 public:
  void rebuild(std::span<const Candidate> candidates, const LoadView& view) override;
  Choice pick(const Question& question, const LoadView& view) override;

 private:
  std::vector<Candidate> by_id_;
};

}  // namespace proxyd::balance
