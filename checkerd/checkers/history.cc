#include "checkerd/checkers/history.h"

#include <algorithm>
#include <limits>

namespace checkerd::checkers {

std::uint16_t Phrases::number_of(const std::string& text) {
  const auto found = numbers_.find(text);
  if (found != numbers_.end()) return found->second;
  if (texts_.size() >= kMost) return 1;
  const auto number = static_cast<std::uint16_t>(texts_.size());
  texts_.push_back(text);
  numbers_.emplace(text, number);
  return number;
}

void History::add(lib::base::WallTime when, lib::base::Duration took, bool passed, std::uint16_t phrase) {
  constexpr std::int64_t kMostUs = std::numeric_limits<std::uint32_t>::max();
  const Run run{.when_us = when.time_since_epoch().count(),
                .took_us = static_cast<std::uint32_t>(std::clamp<std::int64_t>(took.count(), 0, kMostUs)),
                .phrase = phrase,
                .passed = passed};
  if (runs_.size() < kMost) {
    runs_.push_back(run);
    return;
  }
  runs_[oldest_] = run;
  oldest_ = static_cast<std::uint8_t>((oldest_ + 1U) % kMost);
}

std::deque<RunRecord> History::records(const Phrases& phrases) const {
  std::deque<RunRecord> out;
  for (std::size_t i = 0; i < runs_.size(); ++i) {
    const Run& run = runs_[(oldest_ + i) % runs_.size()];
    out.push_back({.when = lib::base::WallTime{lib::base::Duration{run.when_us}}, .took = lib::base::Duration{run.took_us},
                   .passed = run.passed, .detail = phrases.text_of(run.phrase)});
  }
  return out;
}

}  // namespace checkerd::checkers
