#include "proxyd/patterns/ranges.h"

#include <algorithm>
#include <array>
#include <utility>

#include "lib/base/text.h"

namespace proxyd::patterns {
namespace {

constexpr auto kOperators = std::to_array<std::pair<std::string_view, Operator>>({{"eq", Operator::Eq},
                                                                                  {"ge", Operator::Ge},
                                                                                  {"gt", Operator::Gt},
                                                                                  {"le", Operator::Le},
                                                                                  {"lt", Operator::Lt}});
constexpr std::size_t kHashAbove = 8;

/// "7", "-7"; "3.1" is (3 << 16) + 1, as versions are compared.
std::optional<std::int64_t> parse_part(std::string_view text) {
  const std::size_t dot = text.find('.');
  if (dot == std::string_view::npos) return lib::base::parse_number<std::int64_t>(text);
  const auto major = lib::base::parse_number<std::uint16_t>(text.substr(0, dot));
  const auto minor = lib::base::parse_number<std::uint16_t>(text.substr(dot + 1));
  if (!major || !minor) return std::nullopt;
  return (std::int64_t{*major} << 16) + *minor;
}

}  // namespace

std::optional<Operator> find_operator(std::string_view word) {
  for (const auto& [name, how] : kOperators)
    if (name == word) return how;
  return std::nullopt;
}

std::optional<Range> parse_range(std::string_view text, Operator how) {
  Range range;
  const std::size_t colon = text.find(':');
  const std::string_view low = text.substr(0, colon);
  const std::string_view high = colon == std::string_view::npos ? low : text.substr(colon + 1);
  if (low.empty() && high.empty()) return std::nullopt;
  if (!low.empty()) {
    const auto number = parse_part(low);
    if (!number) return std::nullopt;
    range.low = *number;
  }
  if (!high.empty()) {
    const auto number = parse_part(high);
    if (!number) return std::nullopt;
    range.high = *number;
  }
  if (colon != std::string_view::npos) return range;  // a range stands for itself, whatever operator is before it
  switch (how) {
    case Operator::Eq: break;
    case Operator::Ge: range.high = INT64_MAX; break;
    case Operator::Gt: range = {range.high == INT64_MAX ? range.high : range.high + 1, INT64_MAX}; break;
    case Operator::Le: range.low = INT64_MIN; break;
    case Operator::Lt: range = {INT64_MIN, range.low == INT64_MIN ? range.low : range.low - 1}; break;
  }
  return range;
}

std::string text_of(const Range& range) {
  if (range.low == range.high) return std::to_string(range.low);
  std::string text = range.low == INT64_MIN ? std::string{} : std::to_string(range.low);
  text += ':';
  if (range.high != INT64_MAX) text += std::to_string(range.high);
  return text;
}

void Ranges::add(const Range& range, std::uint32_t entry) {
  items_.push_back({range, entry});
  all_exact_ = all_exact_ && range.low == range.high;
  if (!all_exact_) return exact_.clear();
  if (items_.size() < kHashAbove) return;
  if (exact_.empty())
    for (const Item& each : items_) exact_.emplace(each.range.low, each.entry);
  else
    exact_.emplace(range.low, entry);
}

std::uint32_t Ranges::find(std::int64_t number) const {
  if (!exact_.empty()) {
    const auto found = exact_.find(number);
    return found == exact_.end() ? kNoEntry : found->second;
  }
  for (const Item& each : items_)
    if (each.range.low <= number && number <= each.range.high) return each.entry;
  return kNoEntry;
}

}  // namespace proxyd::patterns
