// Counters of frontends, backends and servers, in cells: each thread writes its own, readers add them up.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <memory>

#include "lib/base/time.h"

namespace proxyd::servers {

/// Written by one thread, read by any: a plain add on every machine we run on.
class Counter {
 public:
  void add(std::uint64_t amount = 1) {
    value_.store(value_.load(std::memory_order_relaxed) + amount, std::memory_order_relaxed);
  }
  std::uint64_t value() const { return value_.load(std::memory_order_relaxed); }
  void clear() { value_.store(0, std::memory_order_relaxed); }

 private:
  std::atomic<std::uint64_t> value_{0};
};

/// Names are those of `show stat`'s columns; an object uses those that make sense for it.
enum class Count : std::uint8_t {
  ConnTot, SessTot, ReqTot, H1Req, H2Req, BytesIn, BytesOut, DeniedReq, DeniedResp, ErrReq, ErrConn, ErrResp,
  Retries, Redispatches, Rsp1xx, Rsp2xx, Rsp3xx, Rsp4xx, Rsp5xx, RspOther, ClientAborts, ServerAborts,
  LbTot, Connects, Reuses, Intercepted, DeniedConn, DeniedSess, RewriteErrors, InternalErrors,
  FailedChecks, DownTransitions,
  TlsSessions, TlsResumed, TlsFailed, TlsChecked, TlsCheckFailed,
  kCount
};
inline constexpr std::size_t kCounts = static_cast<std::size_t>(Count::kCount);

/// One thread's cell.
struct alignas(64) Cell {
  std::array<Counter, kCounts> counts;
  Counter& operator[](Count which) { return counts[static_cast<std::size_t>(which)]; }
};

/// Counts HTTP response status classes: 1xx..5xx, else other.
Count status_class(int status);

class Cells {
 public:
  explicit Cells(unsigned threads) : cells_{std::make_unique<Cell[]>(threads)}, threads_{threads} {}
  Cell& of(unsigned thread) { return cells_[thread]; }
  std::uint64_t sum(Count which) const;
  /// What was counted before there were these cells. Before anyone else counts here.
  void preload(Count which, std::uint64_t amount) { cells_[0][which].add(amount); }
  void clear();

 private:
  std::unique_ptr<Cell[]> cells_;
  unsigned threads_;
};

/// In place of the second of an object's last session: there was none.
inline constexpr std::int64_t kNoSession = INT64_MIN;

/// A number that goes up and down and remembers its highest value; shared by all threads.
class Gauge {
 public:
  std::uint32_t up() {
    const std::uint32_t now = value_.fetch_add(1, std::memory_order_relaxed) + 1;
    note_highest();
    return now;
  }
  /// Up, unless that would pass `limit` (0: no limit). Not remembered as the highest before note_highest().
  bool try_up(std::uint32_t limit) {
    std::uint32_t now = value_.load(std::memory_order_relaxed);
    do {
      if (limit != 0 && now >= limit) return false;
    } while (!value_.compare_exchange_weak(now, now + 1, std::memory_order_relaxed));
    return true;
  }
  void note_highest() {
    const std::uint32_t now = value();
    std::uint32_t highest = max_.load(std::memory_order_relaxed);
    while (now > highest && !max_.compare_exchange_weak(highest, now, std::memory_order_relaxed)) {
    }
  }
  void down() { value_.fetch_sub(1, std::memory_order_relaxed); }
  std::uint32_t value() const { return value_.load(std::memory_order_relaxed); }
  std::uint32_t max() const { return max_.load(std::memory_order_relaxed); }
  void clear_max() { max_.store(value(), std::memory_order_relaxed); }

 private:
  std::atomic<std::uint32_t> value_{0};
  std::atomic<std::uint32_t> max_{0};
};

/// Events a second over a sliding second (haproxy's freq_ctr behaviour): this second's count plus the part of the last
/// second's that still lies within one second. Shared by all threads.
class Rate {
 public:
  void tick(lib::base::Instant now);
  std::uint32_t per_second(lib::base::Instant now) const;
  std::uint32_t max() const { return max_.load(std::memory_order_relaxed); }
  void clear_max() { max_.store(0, std::memory_order_relaxed); }

 private:
  std::atomic<std::uint64_t> second_and_count_{0};  // upper 32 bits: the second; lower: its count so far
  std::atomic<std::uint32_t> previous_{0};          // count of the second before
  std::atomic<std::uint32_t> max_{0};
};

/// Mean of the last 1,024 values, as the qtime/ctime/rtime/ttime columns show it, and their highest.
/// Shared by all threads; a lost update under contention is tolerated (it is an average).
class SlidingMean {
 public:
  void add(std::uint32_t value);
  std::uint32_t mean() const;
  std::uint32_t max() const { return max_.load(std::memory_order_relaxed); }
  void clear_max() { max_.store(0, std::memory_order_relaxed); }

 private:
  std::atomic<std::uint64_t> sum_{0};
  std::atomic<std::uint32_t> samples_{0};
  std::atomic<std::uint32_t> max_{0};
};

}  // namespace proxyd::servers
