// Numbers and ranges of them: "5", "1:10", ":5", "gt 3".
#pragma once

#include <cstdint>
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

/// The first range that holds a number.
class Ranges {
 public:
  void add(const Range& range, std::uint32_t entry);
  std::uint32_t find(std::int64_t number) const;

 private:
  struct Item {
    Range range;
    std::uint32_t entry;
  };
  std::vector<Item> items_;
  std::unordered_map<std::int64_t, std::uint32_t> exact_;  // in place of items_ while all are single numbers and many
  bool all_exact_ = true;
};

}  // namespace proxyd::patterns
