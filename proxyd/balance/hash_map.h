// Hashing with a map ("hash-type map-based"): as long as the set of servers does not change, a key keeps its server.
#pragma once

#include <cstdint>
#include <vector>

#include "proxyd/balance/affinity.h"
#include "proxyd/balance/balancer.h"

namespace proxyd::balance {

class HashMap final : public Balancer {
 public:
  explicit HashMap(HashAffinity affinity = HashAffinity::Always) : affinity_{affinity} {}
  void rebuild(std::span<const Candidate> candidates, const LoadView& view) override;
  Choice pick(const Question& question, const LoadView& view) override;
  Choice peek(const Question& question, const LoadView& view) const override;

 private:
  Choice pick_in_turn(const Question& question, const LoadView& view);

  HashAffinity affinity_;
  std::vector<std::uint32_t> map_;
  std::size_t turn_ = 0;  // where requests without a key go on
};

}  // namespace proxyd::balance
