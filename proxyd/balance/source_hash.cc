#include "proxyd/balance/source_hash.h"

#include "proxyd/balance/weights.h"

namespace proxyd::balance {

std::uint32_t fold_address(std::span<const std::uint8_t> address) {
  std::uint32_t folded = 0;
  for (std::size_t at = 0; at < address.size(); ++at) {
    folded ^= std::uint32_t{address[at]} << (24 - 8 * (at % 4));
  }
  return folded;
}

void SourceHash::rebuild(std::span<const Candidate> candidates, const LoadView&) {
  map_ = make_static_map(candidates);
}

Choice SourceHash::pick(const Question& question, const LoadView& view) {
  if (map_.empty()) return {};
  const std::size_t start = question.source % map_.size();
  std::uint32_t slot = map_[start];
  // The next one in the map where the client's own server has just failed.
  for (std::size_t step = 1; slot == question.avoid && step < map_.size(); ++step) {
    slot = map_[(start + step) % map_.size()];
  }
  if (!view.is_full(slot)) return {.slot = slot};
  return {.must_queue = true, .queue_at = slot};
}

}  // namespace proxyd::balance
