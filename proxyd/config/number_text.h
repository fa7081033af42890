// Numbers, times and sizes as haproxy's keywords read them: often the leading digits count and the
// rest is ignored.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "lib/base/time.h"

namespace proxyd::config {

/// As atol: blanks, a sign, digits; 0 when there are none. Saturates.
std::int64_t leading_number(std::string_view text);

/// As strtoul on an unsigned 32-bit field: what does not fit is cut.
std::uint32_t leading_count(std::string_view text);

enum class DelayFault : std::uint8_t { None, UnexpectedCharacter, Overflow };

struct Delay {
  lib::base::Duration value{};
  DelayFault fault = DelayFault::None;
  char character = '\0';  // the unexpected one; NUL at the end of the text
  std::size_t position = 0;
  char trailing =
      '\0';  // first byte after a complete value ("1h30m": '3'): the original warns and goes on
  bool bare = false;  // no unit was written
};

/// A delay; a number without a unit counts `unit`. Not zero but less than one `unit` is rounded up
/// to one, as haproxy does. More than 2^31-1 units overflow.
Delay read_delay(std::string_view text, lib::base::Duration unit);

/// "16k": bytes, in units of 1024. Nothing for what is no size, or larger than 32 bits hold before its unit; `unexpected` is
/// then what was not expected.
std::optional<std::uint64_t> read_size(std::string_view text, std::string_view& unexpected);

}  // namespace proxyd::config
