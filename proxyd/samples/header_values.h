// Pieces of a request line and of header values, as views.
#pragma once

#include <string_view>

namespace proxyd::samples {

/// The values of a header that is a list: split at commas outside quotes, without blanks around.
class HeaderValues {
 public:
  explicit HeaderValues(std::string_view line) : rest_{line} {}
  /// False when there are no more.
  bool next();
  std::string_view value() const { return value_; }

 private:
  std::string_view rest_;
  std::string_view value_;
  bool done_ = false;
};

/// The path within a request target: "/a" of "http://h/a?b" and of "/a?b". Null data when there is
/// none ("*").
std::string_view path_of(std::string_view uri);

}  // namespace proxyd::samples
