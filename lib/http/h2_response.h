// A response's header list of HTTP/2 as the text of HTTP/1 (with its own version), RFC 9113 section 8.3.2. Pure.
#pragma once

#include <string>
#include <string_view>

#include "lib/http/h1_head.h"
#include "lib/http/h2_request.h"

namespace lib::http {

/// Collects one response, or an interim one. Reused for the next one after reset().
class H2ResponseText {
 public:
  void reset();
  /// The fields in their order, as HPACK gave them.
  H2Fault add(std::string_view name, std::string_view value);
  /// Appends the whole head: where a body of unknown length follows, with "transfer-encoding: chunked". `accept`: what proves to
  /// an HTTP/1 client that its WebSocket was taken.
  H2Fault finish(const Asked& asked, bool has_body, std::string_view accept, std::string& out);
  int status() const { return status_; }
  bool is_chunked() const { return is_chunked_; }

 private:
  std::string fields_;
  int status_ = 0;
  bool has_fields_ = false, has_length_ = false, is_chunked_ = false;
};

}  // namespace lib::http
