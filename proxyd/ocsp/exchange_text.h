// The HTTP of an OCSP exchange (RFC 6960 appendix A): where the request goes, its text, and what the answer holds. Pure.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "lib/http/h2_text.h"
#include "proxyd/ocsp/schedule.h"

namespace proxyd::ocsp {

struct Responder {
  std::string host;  // a name or an address, without brackets
  std::uint16_t port = 80;
  std::string authority;  // both, as written
  std::string path;       // with a '/' in front
};
/// Nothing where it is no "http://": that is what certificates name.
std::optional<Responder> read_responder(std::string_view uri);

/// A GET where it is short enough for caches to keep (RFC 5019 section 5), else a POST. `for_proxy`: with the whole URI.
std::string request_text(const Responder& responder, std::string_view der, std::string_view base64, bool for_proxy);

/// Follows one answer of HTTP/1.
class AnswerReader {
 public:
  void feed(std::string_view text);
  /// The connection ended.
  void end();
  bool is_over() const { return outcome_ != Outcome::Unknown; }
  /// Unknown: not over yet. Updated: so far all is well, der() is the response.
  Outcome outcome() const { return outcome_; }
  const std::string& der() const { return der_; }
  /// HTTP's; 0: none came.
  int status() const { return status_; }

  static constexpr std::size_t kMostBytes = 65536;  // of the whole answer

 private:
  void take(lib::http::H2Text::Event event);
  void take_head();
  lib::http::H2Answer text_{lib::http::Asked{}};
  Outcome outcome_ = Outcome::Unknown;
  std::size_t total_ = 0;
  int status_ = 0;
  std::string der_;
};

}  // namespace proxyd::ocsp
