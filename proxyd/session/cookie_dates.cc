#include "proxyd/session/cookie_dates.h"

namespace proxyd::session {

namespace {

constexpr std::string_view kDigits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
constexpr std::size_t kLength = 5;  // 30 bits

/// 0 for what is no date.
std::int64_t read_date(std::string_view text) {
  if (text.size() < kLength) return 0;
  std::int64_t quarters = 0;
  for (const char c : text.substr(0, kLength)) {
    const std::size_t digit = kDigits.find(c);
    if (digit == std::string_view::npos) return 0;
    quarters = quarters * 64 + static_cast<std::int64_t>(digit);
  }
  return quarters * 4;
}

}  // namespace

DatedValue split_dates(std::string_view value) {
  DatedValue split;
  const std::size_t bar = value.find('|');
  split.server = value.substr(0, bar);
  if (bar == std::string_view::npos) return split;
  const std::string_view dates = value.substr(bar + 1);
  const std::size_t second = dates.find('|');
  split.idle = read_date(dates.substr(0, second));
  if (second != std::string_view::npos) split.first = read_date(dates.substr(second + 1));
  return split;
}

void append_date(std::string& text, std::int64_t seconds) {
  const std::int64_t quarters = seconds / 4;
  text += '|';
  for (std::size_t at = kLength; at-- > 0;) text += kDigits[static_cast<std::size_t>(quarters >> (6 * at)) & 63];
}

}  // namespace proxyd::session
