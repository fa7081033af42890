// Follows the answer to a health check's HTTP request, as keepalived reads it: a status, the length that was promised, and
// a body that lasts until the connection ends. Holds a few bytes, however long the answer is. Pure.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace lib::probe {

class HttpAnswer {
 public:
  /// Takes the next bytes; gives back those that belong to the body.
  std::string_view feed(std::string_view bytes);
  /// The head is complete; from here on all is body.
  bool has_head() const { return phase_ == Phase::Body; }
  bool has_any() const { return any_; }
  /// The number after the first blank of the first line; 0: none.
  unsigned status() const { return status_; }
  /// What Content-Length says, if it says a number.
  std::optional<std::uint64_t> promised() const { return promised_; }
  /// Bytes of the body so far. skip() counts those that were not fed.
  std::uint64_t body_size() const { return body_; }
  void skip(std::uint64_t count) { body_ += count; }

 private:
  enum class Phase : std::uint8_t { StatusLine, Fields, Body };
  void take(char byte);
  void end_line();
  Phase phase_ = Phase::StatusLine;
  bool any_ = false;
  bool after_cr_ = false;       // the last byte was a CR
  std::uint8_t used_ = 0;       // of line_
  std::uint64_t line_size_ = 0; // of the present line, without its end
  std::array<char, 64> line_{}; // its beginning: what matters is at the front
  unsigned status_ = 0;
  std::optional<std::uint64_t> promised_;
  std::uint64_t body_ = 0;
};

}  // namespace lib::probe
