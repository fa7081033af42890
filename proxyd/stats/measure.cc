#include "proxyd/stats/measure.h"

#include "lib/event/wait.h"

namespace proxyd::stats {

namespace {

struct Totals {
  std::uint64_t bytes_out = 0, idle_us = 0, busy_us = 0;
};

Totals totals_of(const session::Process& process) {
  Totals totals;
  totals.bytes_out = process.counters.bytes_out.load(std::memory_order_relaxed);
  for (const auto& worker : process.workers) {
    totals.idle_us += worker->idle_us.load(std::memory_order_relaxed);
    totals.busy_us += worker->busy_us.load(std::memory_order_relaxed);
  }
  return totals;
}

}  // namespace

lib::event::Task<void> measure(session::Process& process, lib::event::Loop& loop) {
  constexpr lib::base::Duration kPeriod{1'000'000};
  lib::event::Waiter waiter{loop};
  Totals before = totals_of(process);
  while (true) {
    const lib::base::Instant next = loop.now() + kPeriod;
    (void)co_await waiter.until(next);
    session::clear_retired(process);
    const Totals now = totals_of(process);
    process.counters.bytes_out_rate.store(now.bytes_out - before.bytes_out, std::memory_order_relaxed);
    // a thread that slept the whole second adds to neither: nothing new means idle
    const std::uint64_t idle = now.idle_us > before.idle_us ? now.idle_us - before.idle_us : 0;
    const std::uint64_t busy = now.busy_us > before.busy_us ? now.busy_us - before.busy_us : 0;
    const std::uint64_t percent = idle + busy == 0 ? 100 : (idle * 100 + (idle + busy) / 2) / (idle + busy);
    process.counters.idle_percent.store(static_cast<std::uint32_t>(percent), std::memory_order_relaxed);
    before = now;
  }
}

}  // namespace proxyd::stats
