#include "proxyd/session/pace.h"

#include <algorithm>
#include <cmath>

namespace proxyd::session {
namespace {

/// What flows in so much time, or in that part of a short period, goes in one piece: less would only cost more turns of the
/// loop, more would leave too much of the limit unused.
constexpr Duration kTurn{10'000};
constexpr int kTurnsInPeriod = 50;
constexpr Duration kSoonest{1'000};  // no wait is shorter

double part(Duration some, Duration all) { return static_cast<double>(some.count()) / static_cast<double>(all.count()); }

}  // namespace

void Pace::move_on(Instant now) {
  const Duration since = now - began_;
  if (since < terms_.period) return;
  if (since >= 2 * terms_.period) {  // nothing of what was is left
    before_ = present_ = 0;
    began_ = now;
    return;
  }
  before_ = present_;
  present_ = 0;
  began_ += terms_.period;
}

std::uint64_t Pace::quantum() const {
  const auto flowing = static_cast<std::uint64_t>(static_cast<double>(terms_.limit) * part(std::min(kTurn, terms_.period / kTurnsInPeriod), terms_.period));
  return std::clamp<std::uint64_t>(std::max(flowing, terms_.min_size), 1, terms_.limit);
}

std::uint64_t Pace::allowance(Instant now) {
  move_on(now);
  const double remaining = 1.0 - part(now - began_, terms_.period);
  const auto used = present_ + static_cast<std::uint64_t>(std::ceil(static_cast<double>(before_) * std::max(remaining, 0.0)));
  const std::uint64_t left = used < terms_.limit ? terms_.limit - used : 0;
  return left >= quantum() ? left : 0;
}

void Pace::take(std::uint64_t count, Instant now) {
  move_on(now);
  present_ += count;
}

Instant Pace::resume_at(Instant now) const {
  // When no more than `room` bytes count: in this period, while those of the one before fade, or in the next, while those
  // of this one do.
  const auto room = static_cast<double>(terms_.limit - quantum());
  const auto faded = [&](std::uint64_t bytes, double wanted) {
    const double fraction = bytes == 0 ? 0.0 : 1.0 - wanted / static_cast<double>(bytes);
    return Duration{static_cast<Duration::rep>(std::ceil(std::clamp(fraction, 0.0, 1.0) * static_cast<double>(terms_.period.count())))};
  };
  const double beside = room - static_cast<double>(present_);
  const Instant moment = beside >= 0 ? began_ + faded(before_, beside) : began_ + terms_.period + faded(present_, room);
  return std::max(moment, now + kSoonest);
}

void Throttle::set(const void* owner, const Pace::Terms& terms, Instant now) {
  for (Owned& each : paces_)
    if (each.owner == owner) return each.pace.change(terms);
  paces_.push_back({owner, Pace{terms, now}});
}

std::uint64_t Throttle::allowance(Instant now) {
  std::uint64_t least = UINT64_MAX;
  for (Owned& each : paces_) least = std::min(least, each.pace.allowance(now));
  return least;
}

void Throttle::take(std::uint64_t count, Instant now) {
  for (Owned& each : paces_) each.pace.take(count, now);
}

Instant Throttle::resume_at(Instant now) const {
  Instant latest = now;
  for (const Owned& each : paces_) latest = std::max(latest, each.pace.resume_at(now));
  return latest;
}

}  // namespace proxyd::session
