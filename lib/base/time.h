// Points in time and spans of it. Everything that waits counts on the monotonic clock.
#pragma once

#include <chrono>
#include <cstdint>

namespace lib::base {

using Duration = std::chrono::microseconds;
/// Monotonic time, in microseconds since an arbitrary start.
using Instant = std::chrono::time_point<std::chrono::steady_clock, std::chrono::microseconds>;
/// Wall-clock time, for people: log lines, pages.
using WallTime = std::chrono::time_point<std::chrono::system_clock, std::chrono::microseconds>;

/// A deadline that never comes.
inline constexpr Instant kNever = Instant::max();

inline Instant monotonic_now() {
  return std::chrono::time_point_cast<std::chrono::microseconds>(std::chrono::steady_clock::now());
}
inline WallTime wall_now() {
  return std::chrono::time_point_cast<std::chrono::microseconds>(std::chrono::system_clock::now());
}

/// `start + span`, where a span of zero or less means "no limit".
inline Instant deadline_after(Instant start, Duration span) {
  return span.count() > 0 ? start + span : kNever;
}

inline std::int64_t to_ms(Duration span) {
  return std::chrono::duration_cast<std::chrono::milliseconds>(span).count();
}

}  // namespace lib::base
