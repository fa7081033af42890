#include "proxyd/balance/bounded_load.h"

#include <algorithm>

namespace proxyd::balance {

void BoundedLoad::rebuild(std::span<const Candidate> candidates) {
  slots_.clear();
  parts_.clear();
  total_ = 0;
  if (factor_ == 0) return;
  for (const Candidate& candidate : candidates) {
    if (parts_.size() <= candidate.slot) parts_.resize(candidate.slot + 1, Part{.from = 0, .to = 0});
    parts_[candidate.slot] = {.from = total_, .to = total_ + candidate.weight};
    total_ += candidate.weight;
    slots_.push_back(candidate.slot);
  }
}

/// All streams with this one, times the factor, are dealt out by weight in whole numbers: where a server's part of the
/// weights ends, what is due up to there is rounded down. Measured on the original with held requests of one key.
bool BoundedLoad::is_below_share(std::uint32_t slot, const LoadView& view) const {
  std::uint64_t served = 0;
  for (const std::uint32_t each : slots_) served += view.served(each);
  const std::uint64_t places = ((served + 1) * factor_ + 99) / 100;
  const Part& part = parts_[slot];
  const std::uint64_t share = part.to * places / total_ - part.from * places / total_;
  return view.served(slot) < std::max<std::uint64_t>(share, 1);
}

}  // namespace proxyd::balance
