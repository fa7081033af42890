// Cookies within the values of Cookie and Set-Cookie fields. Pure.
#pragma once

#include <cstddef>
#include <string_view>

namespace lib::http {

/// One after the other of a Cookie field's value ("a=1; b=2"). Commas separate as well, as haproxy has it.
class CookiePairs {
 public:
  /// From `at` on: the start of a pair, just behind a separator unless it is 0.
  explicit CookiePairs(std::string_view line, std::size_t at = 0) : line_{line}, next_{at} {}
  /// False when there are no more.
  bool next();
  std::string_view name() const { return name_; }
  std::string_view value() const { return value_; }  ///< null data without '='
  bool has_value() const { return value_.data() != nullptr; }
  /// What of the line goes with this pair, and what comes in its place, so that the rest is well formed.
  struct Cut {
    std::size_t begin = 0, end = 0;
    std::string_view glue;
  };
  Cut cut() const;
  /// Where the next pair would start.
  std::size_t next_at() const { return next_; }
  /// Where the value begins within the line.
  std::size_t value_begin() const { return static_cast<std::size_t>(value_.data() - line_.data()); }

 private:
  std::string_view line_;
  std::string_view name_, value_;
  std::size_t begin_ = 0;  // of the pair, blanks before it left out
  std::size_t end_ = 0;    // of the pair
  std::size_t before_ = 0;  // end of the pair before, blanks after it left out
  char separator_ = '\0';   // before it, NUL for the first
  std::size_t next_ = 0;
};

/// Name and value of a Set-Cookie field ("a=1; path=/"). Null value data without '='.
struct SetCookie {
  std::string_view name, value;
};
SetCookie split_set_cookie(std::string_view line);

}  // namespace lib::http
