#include "proxyd/patterns/ranges.h"

#include <algorithm>
#include <array>
#include <iterator>
#include <utility>

#include "lib/base/text.h"

namespace proxyd::patterns {
namespace {

constexpr auto kOperators = std::to_array<std::pair<std::string_view, Operator>>({{"eq", Operator::Eq},
                                                                                  {"ge", Operator::Ge},
                                                                                  {"gt", Operator::Gt},
                                                                                  {"le", Operator::Le},
                                                                                  {"lt", Operator::Lt}});
constexpr std::size_t kFew = 8;

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
  if (range.low > range.high) return;  // "5:3" holds nothing
  if (exact_.empty() && segments_.empty()) {
    few_.push_back({range, entry});
    if (few_.size() > kFew) leave_few();
    return;
  }
  const bool is_exact = range.low == range.high;
  if (!exact_.empty() && !is_exact) leave_exact();
  if (!exact_.empty()) exact_.emplace(range.low, entry);
  else add_segments(range, entry);
}

void Ranges::leave_few() {
  const bool all_exact = std::all_of(few_.begin(), few_.end(), [](const Item& each) { return each.range.low == each.range.high; });
  for (const Item& each : few_) {
    if (all_exact) exact_.emplace(each.range.low, each.entry);
    else add_segments(each.range, each.entry);
  }
  few_.clear();
}

void Ranges::leave_exact() {
  for (const auto& [number, entry] : exact_) add_segments({number, number}, entry);
  exact_.clear();
}

/// The gaps that earlier ones left become segments of this one; then all of it is covered.
void Ranges::add_segments(const Range& range, std::uint32_t entry) {
  Range whole = range;
  auto next = covered_.upper_bound(range.low);
  if (next != covered_.begin() && std::prev(next)->second >= range.low) --next;  // it holds our lowest
  std::int64_t at = range.low;
  bool is_done = false;
  while (!is_done) {
    const bool is_last = next == covered_.end() || next->first > range.high;
    if (is_last || next->first > at) segments_.emplace(at, Segment{is_last ? range.high : next->first - 1, entry});
    if (is_last) break;
    whole = {std::min(whole.low, next->first), std::max(whole.high, next->second)};
    is_done = next->second >= range.high;
    if (!is_done) at = next->second + 1;
    next = covered_.erase(next);
  }
  covered_.emplace(whole.low, whole.high);
}

std::uint32_t Ranges::find(std::int64_t number) const {
  if (!exact_.empty()) {
    const auto found = exact_.find(number);
    return found == exact_.end() ? kNoEntry : found->second;
  }
  for (const Item& each : few_)
    if (each.range.low <= number && number <= each.range.high) return each.entry;
  const auto behind = segments_.upper_bound(number);
  if (behind == segments_.begin()) return kNoEntry;
  const Segment& segment = std::prev(behind)->second;
  return number <= segment.high ? segment.entry : kNoEntry;
}

}  // namespace proxyd::patterns
