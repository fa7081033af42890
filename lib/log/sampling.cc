#include "lib/log/sampling.h"

#include <algorithm>

namespace lib::log {

bool Sampler::takes() {
  const std::uint64_t rank = seen_.fetch_add(1, std::memory_order_relaxed) % size_ + 1;
  return std::ranges::any_of(ranges_, [rank](const SampleRange& range) { return rank >= range.low && rank <= range.high; });
}

}  // namespace lib::log
