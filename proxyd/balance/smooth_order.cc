#include "proxyd/balance/smooth_order.h"

#include <algorithm>

namespace proxyd::balance {

SmoothOrder::SmoothOrder(std::span<const std::uint32_t> weights) {
  for (std::uint32_t index = 0; index < weights.size(); ++index) {
    if (weights[index] == 0) continue;
    newcomers_.push_back({.due = 0, .rest = 0, .weight = weights[index], .entered = 0, .index = index});
    total_ += weights[index];
  }
  // The heaviest enters first, in declaration order among equals; taken from the back.
  std::stable_sort(newcomers_.begin(), newcomers_.end(),
                   [](const Turn& a, const Turn& b) { return a.weight > b.weight; });
  std::reverse(newcomers_.begin(), newcomers_.end());
  turns_.reserve(newcomers_.size());
}

/// Earlier due first; then the one with the larger part of its weight still to come; then the one that waits longer.
bool SmoothOrder::is_later(const Turn& a, const Turn& b) {
  if (a.due != b.due) return a.due > b.due;
  const std::uint32_t to_come_a = a.weight - a.rest;
  const std::uint32_t to_come_b = b.weight - b.rest;
  if (to_come_a != to_come_b) return to_come_a < to_come_b;
  return a.entered > b.entered;
}

void SmoothOrder::advance(Turn turn) {
  turn.entered = position_++;
  turn.due += total_ / turn.weight;
  turn.rest += total_ % turn.weight;
  if (turn.rest >= turn.weight) {
    turn.rest -= turn.weight;
    ++turn.due;
  }
  turns_.push_back(turn);
  std::push_heap(turns_.begin(), turns_.end(), is_later);
}

std::uint32_t SmoothOrder::next() {
  const bool is_due = !turns_.empty() && turns_.front().due <= position_;
  if (!is_due && !newcomers_.empty()) {
    Turn turn = newcomers_.back();
    newcomers_.pop_back();
    turn.due = position_;
    advance(turn);
    return turn.index;
  }
  std::pop_heap(turns_.begin(), turns_.end(), is_later);
  const Turn turn = turns_.back();
  turns_.pop_back();
  advance(turn);
  return turn.index;
}

}  // namespace proxyd::balance
