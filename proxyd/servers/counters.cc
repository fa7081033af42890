#include "proxyd/servers/counters.h"

#include <algorithm>
#include <chrono>

namespace proxyd::servers {

namespace {

void raise_max(std::atomic<std::uint32_t>& max, std::uint32_t value) {
  std::uint32_t highest = max.load(std::memory_order_relaxed);
  while (value > highest && !max.compare_exchange_weak(highest, value, std::memory_order_relaxed)) {
  }
}

std::uint32_t second_of(lib::base::Instant now) {
  return static_cast<std::uint32_t>(
      std::chrono::duration_cast<std::chrono::seconds>(now.time_since_epoch()).count());
}

constexpr std::uint64_t pack(std::uint32_t second, std::uint32_t count) {
  return (std::uint64_t{second} << 32) | count;
}
constexpr std::uint32_t second_in(std::uint64_t packed) { return static_cast<std::uint32_t>(packed >> 32); }
constexpr std::uint32_t count_in(std::uint64_t packed) { return static_cast<std::uint32_t>(packed); }

/// How many values the means of the time columns remember.
constexpr std::uint32_t kWindow = 1024;

}  // namespace

Count status_class(int status) {
  if (status >= 100 && status < 200) return Count::Rsp1xx;
  if (status >= 200 && status < 300) return Count::Rsp2xx;
  if (status >= 300 && status < 400) return Count::Rsp3xx;
  if (status >= 400 && status < 500) return Count::Rsp4xx;
  if (status >= 500 && status < 600) return Count::Rsp5xx;
  return Count::RspOther;
}

std::uint64_t Cells::sum(Count which) const {
  std::uint64_t total = 0;
  for (unsigned thread = 0; thread < threads_; ++thread) total += cells_[thread][which].value();
  return total;
}

void Cells::clear() {
  for (unsigned thread = 0; thread < threads_; ++thread) {
    for (Counter& counter : cells_[thread].counts) counter.clear();
  }
}

void Rate::tick(lib::base::Instant now) {
  const std::uint32_t second = second_of(now);
  std::uint64_t seen = second_and_count_.load(std::memory_order_relaxed);
  while (true) {
    // Another thread may already be in the next second: count there.
    const bool same = seen != 0 && second_in(seen) >= second;
    const std::uint64_t next = same ? seen + 1 : pack(second, 1);
    if (!second_and_count_.compare_exchange_weak(seen, next, std::memory_order_relaxed)) continue;
    if (!same) {
      const bool adjacent = second_in(seen) + 1 == second;
      previous_.store(adjacent ? count_in(seen) : 0, std::memory_order_relaxed);
    }
    raise_max(max_, count_in(next));
    return;
  }
}

std::uint32_t Rate::per_second(lib::base::Instant now) const {
  const std::uint64_t seen = second_and_count_.load(std::memory_order_relaxed);
  if (seen == 0) return 0;
  const std::uint32_t second = second_of(now);
  std::uint64_t current = 0, before = 0;
  if (second_in(seen) >= second) {
    current = count_in(seen);
    before = previous_.load(std::memory_order_relaxed);
  } else if (second_in(seen) + 1 == second) {
    before = count_in(seen);
  }
  const auto into = now.time_since_epoch() % std::chrono::seconds{1};
  const auto left = static_cast<std::uint64_t>((std::chrono::microseconds{1'000'000} - into).count());
  return static_cast<std::uint32_t>(current + (before * left + 500'000) / 1'000'000);
}

void SlidingMean::add(std::uint32_t value) {
  const std::uint32_t samples = samples_.load(std::memory_order_relaxed);
  std::uint64_t sum = sum_.load(std::memory_order_relaxed);
  if (samples < kWindow) {
    samples_.store(samples + 1, std::memory_order_relaxed);
  } else {
    sum -= (sum + kWindow - 1) / kWindow;
  }
  sum_.store(sum + value, std::memory_order_relaxed);
  raise_max(max_, value);
}

std::uint32_t SlidingMean::mean() const {
  const std::uint32_t samples = samples_.load(std::memory_order_relaxed);
  if (samples == 0) return 0;
  return static_cast<std::uint32_t>((sum_.load(std::memory_order_relaxed) + samples - 1) / samples);
}

}  // namespace proxyd::servers
