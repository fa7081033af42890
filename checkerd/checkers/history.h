// The last runs of a check, in little memory: there are thousands of checks.
#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "checkerd/checkers/checkers.h"

namespace checkerd::checkers {

/// Texts by number. What is said of runs repeats itself: system errors, statuses. Beyond kMost all others are "other".
class Phrases {
 public:
  static constexpr std::size_t kMost = 4096;
  std::uint16_t number_of(const std::string& text);
  const std::string& text_of(std::uint16_t number) const { return texts_[number]; }

 private:
  std::vector<std::string> texts_{"", "other"};
  std::unordered_map<std::string, std::uint16_t> numbers_{{"", 0}};
};

class History {
 public:
  static constexpr std::size_t kMost = 10;
  void add(lib::base::WallTime when, lib::base::Duration took, bool passed, std::uint16_t phrase);
  std::deque<RunRecord> records(const Phrases& phrases) const;

 private:
  struct Run {
    std::int64_t when_us = 0;
    std::uint32_t took_us = 0;
    std::uint16_t phrase = 0;
    bool passed = false;
  };
  std::vector<Run> runs_;   // a ring once it has kMost
  std::uint8_t oldest_ = 0;
};

}  // namespace checkerd::checkers
