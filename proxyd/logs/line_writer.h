// Appends to the one line that is being made, and never past its end.
#pragma once

#include <charconv>
#include <cstdint>
#include <cstring>
#include <string_view>

#include "lib/net/address.h"

namespace proxyd::logs {

/// Single characters, numbers and dates are written unchecked: each is shorter than `kSlack`, which lies beyond the end,
/// and whoever writes many of them asks `is_full` in between. Text of any length is cut.
class LineWriter {
 public:
  static constexpr std::size_t kSlack = 1024;

  /// `room` has `size` bytes and kSlack more.
  LineWriter(char* room, std::size_t size) : begin_{room}, at_{room}, end_{room + size} {}
  /// put_encoded() leaves everything as it is but what `extra` names: for forms that have their own way of escaping.
  void keep_raw() { is_raw_ = true; }
  std::size_t size() const { return static_cast<std::size_t>(at_ - begin_); }
  bool is_full() const { return at_ >= end_; }

  void put(char c) { *at_++ = c; }
  void put(std::string_view text) {
    const std::size_t size = text.size() < room() ? text.size() : room();
    if (size == 0) return;  // an empty view may have no data at all
    std::memcpy(at_, text.data(), size);
    at_ += size;
  }
  template <class Number>
  void put_number(Number value) {
    if (value >= 0 && value < 10) [[likely]] {
      *at_++ = static_cast<char>('0' + value);
      return;
    }
    at_ = std::to_chars(at_, at_ + 24, value).ptr;
  }
  /// At least `digits`, in upper case.
  void put_hexadecimal(std::uint64_t value, unsigned digits);
  /// A date or other short text known to fit the slack: not cut.
  void put_short(std::string_view text) {
    std::memcpy(at_, text.data(), text.size());
    at_ += text.size();
  }

  /// Control characters, bytes from 0x7f up, '"' and '#' (and what `extra` names) as "#XX", so that a client cannot
  /// forge the line's structure.
  void put_encoded(std::string_view text, std::string_view extra = {}, bool escape = false);
  /// '"', '\' and ']' with a backslash before them (RFC 5424's rule): the E flag.
  void put_escaped(std::string_view text);
  /// "127.0.0.1", "::1", "unix".
  void put_host(const lib::net::Address& address);
  void put_host_hexadecimal(const lib::net::Address& address);

 private:
  std::size_t room() const { return at_ < end_ ? static_cast<std::size_t>(end_ - at_) : 0; }

  char* begin_;
  char* at_;
  char* end_;
  bool is_raw_ = false;
};

}  // namespace proxyd::logs
