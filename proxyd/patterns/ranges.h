// Numbers and ranges of them: "5", "1:10", ":5", "gt 3".
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "proxyd/patterns/text_index.h"

namespace proxyd::patterns {

struct Range {
  std::int64_t low = INT64_MIN, high = INT64_MAX;
};

enum class Operator : std::uint8_t { Eq, Ge, Gt, Le, Lt };
std::optional<Operator> find_operator(std::string_view word);

/// "5", "5:", ":5", "1:10" under an operator, dotted as "1.1" too (two halves of 16 bits); nothing when it is no number.
std::optional<Range> parse_range(std::string_view text, Operator how);
/// As parse_range() reads it without an operator: "5", "6:", ":7", "3:4".
std::string text_of(const Range& range);

/// The first range that holds a number, in logarithmic time.
class Ranges {
 public:
  /// What earlier ranges hold stays theirs. Takes logarithmic time, on average over many calls.
  void add(const Range& range, std::uint32_t entry);
  std::uint32_t find(std::int64_t number) const;

 private:
  struct Item {
    Range range;
    std::uint32_t entry;
  };
  struct Segment {
    std::int64_t high;
    std::uint32_t entry;
  };
  void leave_few();
  void leave_exact();
  void add_segments(const Range& range, std::uint32_t entry);

  std::vector<Item> few_;                                  // all of them, while they are few
  std::unordered_map<std::int64_t, std::uint32_t> exact_;  // else, while all are single numbers
  std::map<std::int64_t, Segment> segments_;               // else: by their lowest numbers, none over another
  std::map<std::int64_t, std::int64_t> covered_;           // what the segments hold, neighbours joined: lowest to highest
};

}  // namespace proxyd::patterns
