// Small questions about text: numbers, times and sizes as the originals write them, case, blanks.
#pragma once

#include <charconv>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "lib/base/time.h"

namespace lib::base {

/// ASCII only, never the locale.
constexpr char to_lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; }
constexpr bool is_digit(char c) { return c >= '0' && c <= '9'; }
constexpr bool is_blank(char c) { return c == ' ' || c == '\t'; }

bool equal_ignoring_case(std::string_view a, std::string_view b);
std::string_view trim(std::string_view text);
/// Pieces between separators; an empty text has one empty piece.
std::vector<std::string_view> split(std::string_view text, char separator);

/// The whole text as a decimal number, or nothing.
template <class T>
std::optional<T> parse_number(std::string_view text) {
  T value{};
  const auto [end, fault] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (fault != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return value;
}

enum class UnitFault : std::uint8_t { None, UnexpectedCharacter, Overflow, Underflow };

/// A time or size with where and why it failed. `position` is the offset of the offending character.
template <class T>
struct UnitValue {
  T value{};
  UnitFault fault = UnitFault::None;
  std::size_t position = 0;
};

/// haproxy's time: a decimal number with us, ms, s, m, h or d; `bare` is the unit of a number without one.
/// Overflow above 2^31-1 milliseconds; underflow when not zero but below `bare`'s resolution of one unit.
UnitValue<Duration> parse_time(std::string_view text, Duration bare = std::chrono::milliseconds{1});

/// haproxy's size: a decimal number with k, m or g (powers of 1024, either case).
UnitValue<std::uint64_t> parse_size(std::string_view text);

/// Compact span as haproxy's pages write it: the two largest units, as `1h2m`, `3d4h`, `12s`.
std::string compact_span(std::uint64_t seconds);

}  // namespace lib::base
