// A request's header list of HTTP/2 as the text of HTTP/1 (with its own version), RFC 9113 section 8. Pure.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "lib/http/h1_head.h"

namespace lib::http {

/// Why a list is malformed (RFC 9113 section 8.1.1): the stream ends with PROTOCOL_ERROR.
enum class H2Fault : std::uint8_t {
  None,
  PseudoAfterField,       // section 8.3
  UnknownPseudo,
  RepeatedPseudo,
  MissingPseudo,          // :method, :scheme, :path; of CONNECT :authority
  UnwantedPseudo,         // :scheme and :path of CONNECT, :protocol of anything else
  BadMethod,
  BadScheme,
  BadPath,                // empty, or with characters that HTTP/1 has no place for
  BadAuthority,
  BadName,                // section 8.2.1: upper case, control characters, a colon
  BadValue,               // CR, LF, NUL, blanks at an end
  ConnectionField,        // section 8.2.2: Connection, Transfer-Encoding, TE with anything but trailers ...
  BadLength,              // Content-Length that is no number, or two of them
  ConflictingHost,
  kCount
};

/// In words, for logs and `show errors`.
std::string_view text(H2Fault fault);

/// Collects one request. Reused for the next one after reset().
class H2RequestText {
 public:
  void reset();
  /// The fields in their order, as HPACK gave them.
  H2Fault add(std::string_view name, std::string_view value);
  /// Appends the whole head: an absolute target as haproxy shows it, Host first, cookies in one field, and, where a body of
  /// unknown length follows, "transfer-encoding: chunked".
  H2Fault finish(bool has_body, std::string& out);
  /// An extended CONNECT to a WebSocket (RFC 8441), told as the Upgrade of HTTP/1.1: its 101 is a 200.
  bool is_websocket() const { return is_websocket_; }
  bool is_chunked() const { return is_chunked_; }
  /// A CONNECT of either kind: what follows the head has no framing.
  bool is_tunnel() const { return method_ == "CONNECT"; }
  /// What the answer's meaning depends on.
  Asked asked() const;

 private:
  H2Fault add_pseudo(std::string_view name, std::string_view value);
  H2Fault add_field(std::string_view name, std::string_view value);
  H2Fault add_length(std::string_view value);
  H2Fault judge() const;
  std::string_view without_default_port(std::string_view authority) const;

  std::string method_, scheme_, authority_, path_, protocol_, host_, fields_, cookies_, length_;
  bool has_method_ = false, has_scheme_ = false, has_authority_ = false, has_path_ = false, has_protocol_ = false;
  bool has_fields_ = false, has_host_ = false, has_length_ = false;
  bool is_websocket_ = false, is_chunked_ = false;
};

/// One field of a trailer section as a line of HTTP/1, appended to `out`.
H2Fault add_trailer(std::string_view name, std::string_view value, std::string& out);

}  // namespace lib::http
