// `balance first`: the server with the lowest id that still has a free slot. Weights do not count.
#pragma once

#include <vector>

#include "proxyd/balance/balancer.h"

namespace proxyd::balance {

class First final : public Balancer {
 public:
  void rebuild(std::span<const Candidate> candidates, const LoadView& view) override;
  Choice pick(const Question& question, const LoadView& view) override;
  Choice peek(const Question& question, const LoadView& view) const override;

 private:
  std::vector<Candidate> by_id_;
};

}  // namespace proxyd::balance
