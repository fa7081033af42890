// `balance leastconn`: the server with the fewest streams for its weight; round robin between equals.
#pragma once

#include <cstdint>
#include <vector>

#include "proxyd/balance/balancer.h"

namespace proxyd::balance {

/// A tournament tree over the candidates: a change of load costs O(log servers), the best one is at its root.
class LeastConn final : public Balancer {
 public:
  void rebuild(std::span<const Candidate> candidates, const LoadView& view) override;
  Choice pick(const Question& question, const LoadView& view) override;
  Choice peek(const Question& question, const LoadView& view) const override;
  void on_load(std::uint32_t slot, std::uint32_t load) override;
  bool wants_load() const override { return true; }

 private:
  struct Entry {
    std::uint64_t key;    // load over weight
    std::uint64_t since;  // when it got this key: the longest waiting of equals goes first
    std::uint32_t slot;
    std::uint32_t weight;
  };
  bool is_before(std::uint32_t a, std::uint32_t b) const;
  void replay(std::uint32_t leaf);

  std::vector<Entry> entries_;
  std::vector<std::uint32_t> entry_of_;  // by slot; kNoServer when it is no candidate
  std::vector<std::uint32_t> winners_;   // a complete binary tree from 1; leaves are entries
  std::uint64_t clock_ = 0;
};

}  // namespace proxyd::balance
