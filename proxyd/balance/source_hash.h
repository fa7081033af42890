// `balance source` with its default map: a client's address decides, as long as the set of servers does not change.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "proxyd/balance/balancer.h"

namespace proxyd::balance {

/// The exclusive or of an address's 32-bit big-endian words (4 bytes of IPv4, 16 of IPv6).
std::uint32_t fold_address(std::span<const std::uint8_t> address);

class SourceHash final : public Balancer {
 public:
  void rebuild(std::span<const Candidate> candidates, const LoadView& view) override;
  Choice pick(const Question& question, const LoadView& view) override;

 private:
  std::vector<std::uint32_t> map_;
};

}  // namespace proxyd::balance
