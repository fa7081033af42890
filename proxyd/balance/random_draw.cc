#include "proxyd/balance/random_draw.h"

#include <algorithm>

namespace proxyd::balance {

namespace {

/// Spreads one word of random bits over several draws (the finaliser of splitmix64, public domain).
std::uint64_t mix(std::uint64_t bits) {
  bits += 0x9e3779b97f4a7c15u;
  bits = (bits ^ (bits >> 30)) * 0xbf58476d1ce4e5b9u;
  bits = (bits ^ (bits >> 27)) * 0x94d049bb133111ebu;
  return bits ^ (bits >> 31);
}

}  // namespace

void RandomDraw::rebuild(std::span<const Candidate> candidates, const LoadView&) {
  candidates_.assign(candidates.begin(), candidates.end());
  bound_.rebuild(candidates);
  up_to_.clear();
  std::uint64_t sum = 0;
  for (const Candidate& candidate : candidates_) up_to_.push_back(sum += candidate.weight);
}

std::size_t RandomDraw::draw(std::uint64_t bits) const {
  const std::uint64_t point = (bits >> 32) % up_to_.back();
  return static_cast<std::size_t>(std::upper_bound(up_to_.begin(), up_to_.end(), point) - up_to_.begin());
}

Choice RandomDraw::peek(const Question& question, const LoadView& view) const { return peek_by_copy(*this, question, view); }

Choice RandomDraw::pick(const Question& question, const LoadView& view) {
  if (candidates_.empty()) return {};
  const Candidate* best = nullptr;
  std::uint64_t best_load = 0;
  std::uint64_t bits = question.random;
  for (std::uint32_t drawn = 0; drawn < draws_; ++drawn) {
    bits = mix(bits);
    std::size_t at = draw(bits);
    for (std::size_t step = 0; step < candidates_.size(); ++step) {
      if (candidates_[at].slot != question.avoid && bound_.takes(candidates_[at].slot, view)) break;
      at = (at + 1) % candidates_.size();
    }
    const Candidate& candidate = candidates_[at];
    const std::uint64_t load = view.load(candidate.slot);
    // load over weight, multiplied out
    if (best != nullptr && load * best->weight >= best_load * candidate.weight) continue;
    best = &candidate;
    best_load = load;
  }
  if (view.is_full(best->slot)) return {.must_queue = true};
  return {.slot = best->slot};
}

}  // namespace proxyd::balance
