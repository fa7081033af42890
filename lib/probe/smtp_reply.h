// Reads one reply of an SMTP server (RFC 5321 section 4.2), which may have several lines. Holds three bytes. Pure.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace lib::probe {

class SmtpReply {
 public:
  enum class State : std::uint8_t { Reading, Complete, Bad };  // Bad: no reply code, or a line or reply without end
  /// Takes the next bytes, up to the reply's end: `used` says how many.
  State feed(std::string_view bytes, std::size_t& used);
  /// 100 .. 599; 0 until the first code was read.
  unsigned code() const { return code_; }

  static constexpr std::size_t kMostBytes = 65536;  // of all lines

 private:
  unsigned code_ = 0, line_code_ = 0;
  std::size_t column_ = 0, total_ = 0;
  bool is_last_ = false;
};

}  // namespace lib::probe
