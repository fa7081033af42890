// Dates as text and back, by the C library's calendar.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

namespace lib::base {

enum class Zone : std::uint8_t { Utc, Local };

/// strftime of a second since 1970. How many bytes of `out` were filled; 0 when it does not fit.
std::size_t format_date(std::int64_t second, Zone zone, const char* format, std::span<char> out);

/// "Sun, 06 Nov 1994 08:49:37 GMT", "Sunday, 06-Nov-94 08:49:37 GMT", "Sun Nov  6 08:49:37 1994" (RFC 9110 §5.6.7).
std::optional<std::int64_t> parse_http_date(std::string_view text);

}  // namespace lib::base
