#include "proxyd/balance/round_robin.h"

#include <algorithm>

#include "proxyd/balance/weights.h"

namespace proxyd::balance {

namespace {
// One cycle of the schedule. Longer ones (hundreds of servers with weights without a common factor) are drawn live.
constexpr std::uint64_t kMaxCycle = 4096;
}  // namespace

void RoundRobin::rebuild(std::span<const Candidate> candidates, const LoadView&) {
  slots_.clear();
  schedule_.clear();
  live_.reset();
  repeat_from_ = cursor_ = 0;
  for (const Candidate& candidate : candidates) slots_.push_back(candidate.slot);
  if (candidates.empty()) return;

  const std::vector<std::uint32_t> weights = reduced_weights(candidates);
  const std::uint64_t cycle = total_weight(weights);
  if (kind_ == Order::Static) {
    schedule_ = make_static_map(candidates);
  } else if (cycle > kMaxCycle) {
    live_.emplace(weights);
    return;
  } else {
    SmoothOrder order{weights};
    schedule_.reserve(2 * cycle);
    for (std::uint64_t at = 0; at < 2 * cycle; ++at) schedule_.push_back(slots_[order.next()]);
    const auto second = schedule_.begin() + static_cast<std::ptrdiff_t>(cycle);
    if (std::equal(schedule_.begin(), second, second)) {
      schedule_.resize(cycle);
    } else {
      repeat_from_ = cycle;
    }
  }
  resume_after_last();
}

/// Keeps the alternation over a change of candidates: the next one is who follows the server served last.
void RoundRobin::resume_after_last() {
  if (last_ == kNoServer) return;
  for (std::size_t at = 0; at < schedule_.size(); ++at) {
    if (schedule_[at] != last_) continue;
    cursor_ = at + 1 == schedule_.size() ? repeat_from_ : at + 1;
    return;
  }
  const auto after = std::find_if(schedule_.begin(), schedule_.end(),
                                  [this](std::uint32_t slot) { return slot > last_; });
  if (after != schedule_.end()) cursor_ = static_cast<std::size_t>(after - schedule_.begin());
}

std::uint32_t RoundRobin::next_slot() {
  if (live_) return slots_[live_->next()];
  const std::uint32_t slot = schedule_[cursor_];
  if (++cursor_ == schedule_.size()) cursor_ = repeat_from_;
  return slot;
}

bool RoundRobin::is_candidate(std::uint32_t slot) const {
  return std::find(slots_.begin(), slots_.end(), slot) != slots_.end();
}

bool RoundRobin::has_free(const Question& question, const LoadView& view) const {
  return std::any_of(slots_.begin(), slots_.end(), [&](std::uint32_t slot) {
    return slot != question.avoid && !view.is_full(slot);
  });
}

Choice RoundRobin::peek(const Question& question, const LoadView& view) const { return peek_by_copy(*this, question, view); }

Choice RoundRobin::pick(const Question& question, const LoadView& view) {
  if (slots_.empty()) return {};
  if (const std::uint32_t slot = next_slot(); slot != question.avoid && !view.is_full(slot)) {
    last_ = slot;
    return {.slot = slot};
  }
  return pick_other(question, view);
}

/// The one whose turn it is cannot serve: the next in order that can.
Choice RoundRobin::pick_other(const Question& question, const LoadView& view) {
  if (has_free(question, view)) {
    // Each candidate is in every cycle; a live order comes to each within its total, which is not worth the wait.
    const std::size_t steps = live_ ? 8 * slots_.size() : 2 * schedule_.size();
    for (std::size_t step = 0; step < steps; ++step) {
      const std::uint32_t slot = next_slot();
      if (slot == question.avoid || view.is_full(slot)) continue;
      last_ = slot;
      return {.slot = slot};
    }
    for (const std::uint32_t slot : slots_) {
      if (slot != question.avoid && !view.is_full(slot)) return {.slot = slot};
    }
  }
  if (question.avoid != kNoServer && is_candidate(question.avoid) && !view.is_full(question.avoid)) {
    return {.slot = question.avoid};
  }
  return {.must_queue = true};
}

}  // namespace proxyd::balance
