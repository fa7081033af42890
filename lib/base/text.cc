#include "lib/base/text.h"

#include <fmt/format.h>

#include <array>

namespace lib::base {

bool equal_ignoring_case(std::string_view a, std::string_view b) {
  if (a.size() != b.size()) return false;
  for (std::size_t i = 0; i < a.size(); ++i)
    if (to_lower(a[i]) != to_lower(b[i])) return false;
  return true;
}

std::string_view trim(std::string_view text) {
  while (!text.empty() && is_blank(text.front())) text.remove_prefix(1);
  while (!text.empty() && is_blank(text.back())) text.remove_suffix(1);
  return text;
}

std::vector<std::string_view> split(std::string_view text, char separator) {
  std::vector<std::string_view> pieces;
  while (true) {
    const std::size_t at = text.find(separator);
    pieces.push_back(text.substr(0, at));
    if (at == std::string_view::npos) return pieces;
    text.remove_prefix(at + 1);
  }
}

namespace {

struct TimeUnit {
  std::string_view suffix;
  std::int64_t microseconds;
};
constexpr auto kTimeUnits = std::to_array<TimeUnit>({{"us", 1},
                                                     {"ms", 1000},
                                                     {"s", 1000000},
                                                     {"m", 60000000},
                                                     {"h", 3600000000},
                                                     {"d", 86400000000}});
constexpr std::int64_t kMaxTimeUs = 2147483647LL * 1000;

}  // namespace

UnitValue<Duration> parse_time(std::string_view text, Duration bare) {
  UnitValue<Duration> result;
  std::uint64_t number = 0;
  std::size_t digits = 0;
  while (digits < text.size() && is_digit(text[digits])) {
    if (number < (1ULL << 50)) number = number * 10 + static_cast<std::uint64_t>(text[digits] - '0');
    ++digits;
  }
  const std::string_view suffix = text.substr(digits);
  std::int64_t unit = suffix.empty() ? bare.count() : 0;
  for (const TimeUnit& each : kTimeUnits)
    if (suffix == each.suffix) unit = each.microseconds;
  if (digits == 0 || unit == 0) {
    result.fault = UnitFault::UnexpectedCharacter;
    result.position = digits;
    return result;
  }
  if (number > static_cast<std::uint64_t>(kMaxTimeUs / unit)) {
    result.fault = UnitFault::Overflow;
    return result;
  }
  result.value = Duration{static_cast<std::int64_t>(number) * unit};
  if (number != 0 && result.value < bare) result.fault = UnitFault::Underflow;
  return result;
}

UnitValue<std::uint64_t> parse_size(std::string_view text) {
  UnitValue<std::uint64_t> result;
  std::size_t digits = 0;
  std::uint64_t number = 0;
  while (digits < text.size() && is_digit(text[digits])) {
    if (number < (1ULL << 50)) number = number * 10 + static_cast<std::uint64_t>(text[digits] - '0');
    ++digits;
  }
  unsigned shift = 0;
  std::string_view suffix = text.substr(digits);
  if (suffix.size() == 1) {
    switch (to_lower(suffix.front())) {
      case 'k': shift = 10; break;
      case 'm': shift = 20; break;
      case 'g': shift = 30; break;
      default: break;
    }
    if (shift != 0) suffix = {};
  }
  if (digits == 0 || !suffix.empty()) {
    result.fault = UnitFault::UnexpectedCharacter;
    result.position = digits;
    return result;
  }
  if (number > (~0ULL >> shift) || number >= (1ULL << 50)) {
    result.fault = UnitFault::Overflow;
    return result;
  }
  result.value = number << shift;
  return result;
}

std::string compact_span(std::uint64_t seconds) {
  if (seconds < 60) return fmt::format("{}s", seconds);
  if (seconds < 3600) return fmt::format("{}m{}s", seconds / 60, seconds % 60);
  if (seconds < 86400) return fmt::format("{}h{}m", seconds / 3600, seconds / 60 % 60);
  return fmt::format("{}d{}h", seconds / 86400, seconds / 3600 % 24);
}

}  // namespace lib::base
