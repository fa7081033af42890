#include "proxyd/balance/weights.h"

#include <algorithm>
#include <numeric>

namespace proxyd::balance {

namespace {

// Bounds the time to lay out a map, which is entries times candidates.
constexpr std::uint64_t kMaxWork = 16u << 20;
constexpr std::uint64_t kMaxEntries = 65536;

/// Keeps at least one entry a server, so that no candidate disappears.
void scale_down(std::vector<std::uint32_t>& weights, std::uint64_t limit) {
  const std::uint64_t total = total_weight(weights);
  if (total <= limit) return;
  for (std::uint32_t& weight : weights) {
    weight = static_cast<std::uint32_t>(std::max<std::uint64_t>(1, weight * limit / total));
  }
}

}  // namespace

std::vector<std::uint32_t> reduced_weights(std::span<const Candidate> candidates) {
  std::uint32_t divisor = 0;
  for (const Candidate& candidate : candidates) divisor = std::gcd(divisor, candidate.weight);
  std::vector<std::uint32_t> weights;
  weights.reserve(candidates.size());
  for (const Candidate& candidate : candidates) {
    weights.push_back(divisor == 0 ? 0 : candidate.weight / divisor);
  }
  return weights;
}

std::uint64_t total_weight(std::span<const std::uint32_t> weights) {
  return std::accumulate(weights.begin(), weights.end(), std::uint64_t{0});
}

std::vector<std::uint32_t> make_static_map(std::span<const Candidate> candidates) {
  std::vector<std::uint32_t> map;
  if (candidates.empty()) return map;
  std::vector<std::uint32_t> weights = reduced_weights(candidates);
  const std::uint64_t most = std::max<std::uint64_t>(candidates.size(), kMaxWork / candidates.size());
  scale_down(weights, std::min(kMaxEntries, most));

  const auto total = static_cast<std::int64_t>(total_weight(weights));
  std::vector<std::int64_t> scores(weights.size(), 0);
  map.reserve(static_cast<std::size_t>(total));
  for (std::int64_t entry = 0; entry < total; ++entry) {
    // Every server earns its weight; who has reached the highest whole level takes the entry and pays the total.
    std::size_t best = 0;
    std::int64_t best_level = -1;
    for (std::size_t at = 0; at < weights.size(); ++at) {
      scores[at] += weights[at];
      const std::int64_t level = (scores[at] + total) / total;
      if (level <= best_level) continue;
      best = at;
      best_level = level;
    }
    scores[best] -= total;
    map.push_back(candidates[best].slot);
  }
  return map;
}

}  // namespace proxyd::balance
