// What fields of HTTP/2 may be, RFC 9113 section 8.2. Pure.
#pragma once

#include <algorithm>
#include <array>
#include <string>
#include <string_view>

#include "lib/base/text.h"

namespace lib::http {

/// A character of a field's name: a token's, in lower case.
constexpr bool is_h2_token(char c) {
  constexpr std::string_view kOthers = "!#$%&'*+-.^_`|~";
  return (c >= 'a' && c <= 'z') || base::is_digit(c) || kOthers.find(c) != std::string_view::npos;
}

inline bool is_h2_name(std::string_view name) { return !name.empty() && std::all_of(name.begin(), name.end(), is_h2_token); }

/// Section 8.2.1.
inline bool is_h2_value(std::string_view value) {
  const auto is_blank = [](char c) { return c == ' ' || c == '\t'; };
  if (!value.empty() && (is_blank(value.front()) || is_blank(value.back()))) return false;
  return std::none_of(value.begin(), value.end(), [](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return (byte < 0x20 && c != '\t') || byte == 0x7f;
  });
}

/// Fields that HTTP/2 has no place for, section 8.2.2.
inline bool is_h2_connection_field(std::string_view name) {
  constexpr auto kNames = std::to_array<std::string_view>({"connection", "keep-alive", "proxy-connection", "transfer-encoding", "upgrade"});
  return std::find(kNames.begin(), kNames.end(), name) != kNames.end();
}

inline void append_h2_field(std::string& out, std::string_view name, std::string_view value) {
  out.append(name).append(": ").append(value).append("\r\n");
}

}  // namespace lib::http
