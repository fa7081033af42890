#include "proxyd/balance/hash_map.h"

#include "proxyd/balance/weights.h"

namespace proxyd::balance {

void HashMap::rebuild(std::span<const Candidate> candidates, const LoadView&) {
  map_ = make_static_map(candidates);
  turn_ = 0;
}

Choice HashMap::peek(const Question& question, const LoadView& view) const { return peek_by_copy(*this, question, view); }

Choice HashMap::pick(const Question& question, const LoadView& view) {
  if (map_.empty()) return {};
  if (!question.has_hash) return pick_in_turn(question, view);
  const std::size_t start = question.hash % map_.size();
  std::uint32_t slot = map_[start];
  // The next one in the map where the key's own server has just failed, or is not to be waited for.
  for (std::size_t step = 0; step < map_.size(); ++step) {
    const std::uint32_t each = map_[(start + step) % map_.size()];
    if (each == question.avoid || gives_up(affinity_, each, view)) continue;
    slot = each;
    break;
  }
  if (!view.is_full(slot)) return {.slot = slot};
  return {.must_queue = true, .queue_at = slot};
}

/// A request without a key: the servers of the map in order.
Choice HashMap::pick_in_turn(const Question& question, const LoadView& view) {
  bool avoided_is_free = false;
  for (std::size_t step = 0; step < map_.size(); ++step) {
    const std::uint32_t slot = map_[turn_];
    turn_ = turn_ + 1 == map_.size() ? 0 : turn_ + 1;
    if (view.is_full(slot)) continue;
    if (slot != question.avoid) return {.slot = slot};
    avoided_is_free = true;
  }
  if (avoided_is_free) return {.slot = question.avoid};
  return {.must_queue = true};
}

}  // namespace proxyd::balance
