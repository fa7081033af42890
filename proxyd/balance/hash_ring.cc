#include "proxyd/balance/hash_ring.h"

#include <algorithm>

#include "lib/base/hash.h"

namespace proxyd::balance {

/// Points of servers that stay as they are stay sorted: a change costs one pass over the ring, not a new sort.
void HashRing::rebuild(std::span<const Candidate> candidates, const LoadView&) {
  std::vector<Owned> next;
  for (const Candidate& candidate : candidates) {
    if (next.size() <= candidate.slot) next.resize(candidate.slot + 1);
    next[candidate.slot] = {.base = candidate.ring_base, .points = candidate.weight};
  }
  owned_.resize(std::max(owned_.size(), next.size()));
  next.resize(owned_.size());
  std::erase_if(ring_, [&](const Point& point) { return next[point.slot] != owned_[point.slot]; });
  const auto kept = static_cast<std::ptrdiff_t>(ring_.size());
  for (std::uint32_t slot = 0; slot < next.size(); ++slot) {
    if (next[slot] == owned_[slot]) continue;
    for (std::uint32_t point = 0; point < next[slot].points; ++point) {
      ring_.push_back({.at = lib::base::hash_avalanche(next[slot].base + point), .slot = slot});
    }
  }
  std::stable_sort(ring_.begin() + kept, ring_.end(), is_before);
  std::inplace_merge(ring_.begin(), ring_.begin() + kept, ring_.end(), is_before);
  owned_ = std::move(next);
  servers_ = static_cast<std::uint32_t>(candidates.size());
  bound_.rebuild(candidates);
}

/// On either side of `hash`, around the end of the ring if need be; the one below where both are as near.
std::size_t HashRing::nearest(std::uint32_t hash) const {
  const auto found = std::lower_bound(ring_.begin(), ring_.end(), Point{.at = hash, .slot = 0}, is_before);
  if (found != ring_.end() && found->at == hash) return static_cast<std::size_t>(found - ring_.begin());
  const std::size_t above = found == ring_.end() ? 0 : static_cast<std::size_t>(found - ring_.begin());
  const std::size_t below = above == 0 ? ring_.size() - 1 : above - 1;
  const std::uint32_t down = hash - ring_[below].at, up = ring_[above].at - hash;
  return down <= up ? below : above;
}

Choice HashRing::peek(const Question& question, const LoadView& view) const { return peek_by_copy(*this, question, view); }

Choice HashRing::pick(const Question& question, const LoadView& view) {
  if (ring_.empty()) return {};
  if (!question.has_hash) return pick_in_turn(question, view);
  const std::size_t start = nearest(question.hash);
  std::uint32_t slot = ring_[start].slot;
  const auto passes = [&](std::uint32_t each) {
    return servers_ > 1 && (each == question.avoid || !bound_.takes(each, view) || gives_up(affinity_, each, view));
  };
  std::size_t at = start;
  while (passes(ring_[at].slot)) {
    at = after(at);
    if (at == start) break;
  }
  slot = ring_[at].slot;
  if (!view.is_full(slot)) return {.slot = slot};
  return {.must_queue = true, .queue_at = slot};
}

/// A request without a key walks along the ring.
Choice HashRing::pick_in_turn(const Question& question, const LoadView& view) {
  const auto found = std::partition_point(ring_.begin(), ring_.end(), [this](const Point& point) { return point.at < turn_; });
  std::size_t at = found == ring_.end() ? 0 : static_cast<std::size_t>(found - ring_.begin());
  bool avoided_is_free = false;
  for (std::size_t step = 0; step < ring_.size(); ++step, at = after(at)) {
    const Point& point = ring_[at];
    if (view.is_full(point.slot)) continue;
    if (point.slot == question.avoid) {
      avoided_is_free = true;
      continue;
    }
    turn_ = std::uint64_t{point.at} + 1;
    return {.slot = point.slot};
  }
  if (avoided_is_free) return {.slot = question.avoid};
  return {.must_queue = true};
}

}  // namespace proxyd::balance
