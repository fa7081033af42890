// "maxidle" and "maxlife": dates within a persistence cookie, as haproxy writes them (SERVER|idle|first). Pure.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace proxyd::session {

/// A cookie's value and the dates behind it, in seconds; 0: none.
struct DatedValue {
  std::string_view server;
  std::int64_t idle = 0, first = 0;
};
DatedValue split_dates(std::string_view value);

/// "|" and five base64 digits of a quarter of the seconds.
void append_date(std::string& text, std::int64_t seconds);

}  // namespace proxyd::session
