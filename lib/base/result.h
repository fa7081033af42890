// What an operation on the world (network, kernel, files, peers) returns: a value or an error.
#pragma once

#include <tl/expected.hpp>

#include <string>
#include <utility>

namespace lib::base {

/// Why something failed, in words for the person who has to act. `code` is an errno value or 0.
struct Error {
  std::string message;
  int code = 0;
};

/// A value or an error. Must be looked at: throwing it away is a compiler warning.
template <class T, class E = Error>
class [[nodiscard]] Result : public tl::expected<T, E> {
 public:
  using tl::expected<T, E>::expected;
};

using Status = Result<void>;

/// Builds the failing side of a Result.
inline tl::unexpected<Error> failure(std::string message, int code = 0) {
  return tl::unexpected<Error>{Error{std::move(message), code}};
}

/// "<what>: <strerror(code)>" as an error.
tl::unexpected<Error> system_failure(std::string what, int code);

}  // namespace lib::base
