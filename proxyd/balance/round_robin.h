// `balance roundrobin` and `balance static-rr`: a schedule computed when the candidates change, and a cursor on it.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "proxyd/balance/balancer.h"
#include "proxyd/balance/smooth_order.h"

namespace proxyd::balance {

class RoundRobin final : public Balancer {
 public:
  enum class Order : std::uint8_t { Smooth, Static };
  explicit RoundRobin(Order order) : kind_{order} {}
  void rebuild(std::span<const Candidate> candidates, const LoadView& view) override;
  Choice pick(const Question& question, const LoadView& view) override;
  Choice peek(const Question& question, const LoadView& view) const override;

 private:
  Choice pick_other(const Question& question, const LoadView& view);
  std::uint32_t next_slot();
  void resume_after_last();
  bool is_candidate(std::uint32_t slot) const;
  bool has_free(const Question& question, const LoadView& view) const;

  Order kind_;
  std::vector<std::uint32_t> slots_;     // the candidates' slots, in declaration order
  std::vector<std::uint32_t> schedule_;  // slots; empty when `live_` draws them
  std::size_t repeat_from_ = 0;          // the schedule repeats from here: the first cycle may differ from the others
  std::size_t cursor_ = 0;
  std::optional<SmoothOrder> live_;      // weights whose cycle is too long to store
  std::uint32_t last_ = kNoServer;       // served last: a rebuild goes on after it
};

}  // namespace proxyd::balance
