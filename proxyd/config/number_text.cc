#include "proxyd/config/number_text.h"

#include <array>
#include <charconv>

#include "lib/base/text.h"

namespace proxyd::config {

namespace {

constexpr std::int64_t kSaturation = std::int64_t{1} << 52;

struct Unit {
  std::string_view suffix;
  std::int64_t microseconds;
};
// Longer suffixes first: "ms" is not "m" and a stray "s".
constexpr auto kUnits = std::to_array<Unit>({{"us", 1},
                                             {"ms", 1000},
                                             {"s", 1000000},
                                             {"m", 60000000},
                                             {"h", 3600000000},
                                             {"d", 86400000000}});
constexpr std::int64_t kMaxUnits = 2147483647;

}  // namespace

std::int64_t leading_number(std::string_view text) {
  std::size_t at = 0;
  while (at < text.size() && lib::base::is_blank(text[at])) ++at;
  const bool negative = at < text.size() && text[at] == '-';
  if (at < text.size() && (text[at] == '-' || text[at] == '+')) ++at;
  std::int64_t number = 0;
  for (; at < text.size() && lib::base::is_digit(text[at]); ++at)
    if (number < kSaturation) number = number * 10 + (text[at] - '0');
  return negative ? -number : number;
}

std::uint32_t leading_count(std::string_view text) {
  return static_cast<std::uint32_t>(static_cast<std::uint64_t>(leading_number(text)));
}

Delay read_delay(std::string_view text, lib::base::Duration unit) {
  Delay delay;
  std::size_t at = 0;
  std::int64_t number = 0;
  for (; at < text.size() && lib::base::is_digit(text[at]); ++at)
    if (number < kSaturation) number = number * 10 + (text[at] - '0');
  if (at == 0) {
    delay.fault = DelayFault::UnexpectedCharacter;
    delay.character = text.empty() ? '\0' : text[0];
    return delay;
  }
  std::int64_t scale = unit.count();
  const std::string_view rest = text.substr(at);
  delay.bare = rest.empty();
  if (!rest.empty()) {
    const Unit* found = nullptr;
    for (const Unit& each : kUnits)
      if (found == nullptr && rest.starts_with(each.suffix)) found = &each;
    if (found == nullptr) {
      delay.fault = DelayFault::UnexpectedCharacter;
      delay.character = rest[0];
      delay.position = at;
      return delay;
    }
    scale = found->microseconds;
    at += found->suffix.size();
    if (at < text.size()) delay.trailing = text[at];
    delay.position = at;
  }
  if (number > kMaxUnits * unit.count() / scale) {
    delay.fault = DelayFault::Overflow;
    return delay;
  }
  const std::int64_t total = number * scale;
  const std::int64_t units = (total + unit.count() - 1) / unit.count();
  delay.value = lib::base::Duration{units * unit.count()};
  return delay;
}

std::optional<std::uint64_t> read_size(std::string_view text, std::string_view& unexpected) {
  std::uint64_t size = 0;
  const auto [end, fault] = std::from_chars(text.data(), text.data() + text.size(), size);
  const std::string_view unit{end, static_cast<std::size_t>(text.data() + text.size() - end)};
  if (fault == std::errc{} && unit.size() <= 1 && size <= UINT32_MAX) {
    const char letter = unit.empty() ? '\0' : lib::base::to_lower(unit.front());
    if (letter == '\0') return size;
    if (letter == 'k') return size << 10;
    if (letter == 'm') return size << 20;
    if (letter == 'g') return size << 30;
  }
  unexpected = unit.empty() ? text : unit.substr(0, 1);
  return std::nullopt;
}

}  // namespace proxyd::config
