#include "lib/http/h2_response.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>

#include "lib/base/text.h"
#include "lib/http/h2_fields.h"
#include "lib/http/status.h"

namespace lib::http {

void H2ResponseText::reset() {
  fields_.clear();
  status_ = 0;
  has_fields_ = has_length_ = is_chunked_ = false;
}

H2Fault H2ResponseText::add(std::string_view name, std::string_view value) {
  if (name == ":status") {
    if (has_fields_) return H2Fault::PseudoAfterField;
    if (status_ != 0) return H2Fault::RepeatedPseudo;
    const bool is_status = value.size() == 3 && value[0] >= '1' && value[0] <= '9' && std::all_of(value.begin(), value.end(), base::is_digit);
    if (!is_status) return H2Fault::BadValue;
    status_ = (value[0] - '0') * 100 + (value[1] - '0') * 10 + (value[2] - '0');
    return H2Fault::None;
  }
  has_fields_ = true;
  if (name.starts_with(':')) return H2Fault::UnknownPseudo;
  if (!is_h2_name(name)) return H2Fault::BadName;
  if (!is_h2_value(value)) return H2Fault::BadValue;
  if (is_h2_connection_field(name)) return H2Fault::ConnectionField;
  if (name == "content-length") {
    if (value.empty() || value.size() > 18 || has_length_ || !std::all_of(value.begin(), value.end(), base::is_digit)) return H2Fault::BadLength;
    has_length_ = true;
  }
  append_h2_field(fields_, name, value);
  return H2Fault::None;
}

H2Fault H2ResponseText::finish(const Asked& asked, bool has_body, std::string_view accept, std::string& out) {
  if (status_ == 0) return H2Fault::MissingPseudo;
  if (status_ == 101) return H2Fault::BadValue;  // section 8.6
  const bool is_websocket = asked.websocket && status_ >= 200 && status_ < 300;
  const int status = is_websocket ? 101 : status_;
  fmt::format_to(std::back_inserter(out), "HTTP/2.0 {} {}\r\n", status, reason_phrase(status));
  out += fields_;
  if (is_websocket) {
    out += "connection: upgrade\r\nupgrade: websocket\r\n";
    append_h2_field(out, "sec-websocket-accept", accept);
  }
  const bool may_have = status_ >= 200 && status_ != 204 && status_ != 304 && asked.method != Method::Head && !is_websocket &&
                        !(asked.method == Method::Connect && status_ < 300);
  is_chunked_ = may_have && has_body && !has_length_;
  if (is_chunked_) append_h2_field(out, "transfer-encoding", "chunked");
  else if (may_have && !has_body && !has_length_) append_h2_field(out, "content-length", "0");
  out += "\r\n";
  return H2Fault::None;
}

}  // namespace lib::http
