// "sample 1,3-5:10": of every ten lines the first and the third to the fifth. Counted over all threads.
#pragma once

#include <atomic>
#include <cstdint>
#include <vector>

namespace lib::log {

/// Ranks from 1, both ends included.
struct SampleRange {
  std::uint64_t low = 1, high = 1;
  bool operator==(const SampleRange&) const = default;
};

class Sampler {
 public:
  /// `ranges` do not overlap and end at `size` at most, which is not 0.
  Sampler(std::vector<SampleRange> ranges, std::uint64_t size) : ranges_{std::move(ranges)}, size_{size} {}
  /// Counts a line; true when it is one of those that are wanted. Any thread.
  bool takes();

 private:
  std::vector<SampleRange> ranges_;
  std::uint64_t size_;
  std::atomic<std::uint64_t> seen_{0};
};

}  // namespace lib::log
