#include "lib/http/h2_request.h"

#include <algorithm>
#include <array>

#include "lib/base/text.h"
#include "lib/http/h2_fields.h"
#include "lib/http/uri.h"

namespace lib::http {
namespace {

/// What a target may have: no blanks, no control characters.
bool is_visible(char c) { return static_cast<unsigned char>(c) > 0x20 && c != 0x7f; }

bool is_token(char c) { return is_h2_token(base::to_lower(c)); }

bool all_of(std::string_view text, bool (*good)(char)) { return std::all_of(text.begin(), text.end(), good); }

}  // namespace

std::string_view text(H2Fault fault) {
  switch (fault) {
    case H2Fault::None: return "no fault";
    case H2Fault::PseudoAfterField: return "a pseudo-header field behind a field";
    case H2Fault::UnknownPseudo: return "an unknown pseudo-header field";
    case H2Fault::RepeatedPseudo: return "a pseudo-header field twice";
    case H2Fault::MissingPseudo: return "a pseudo-header field is missing";
    case H2Fault::UnwantedPseudo: return "a pseudo-header field that does not belong to the method";
    case H2Fault::BadMethod: return "the method is no token";
    case H2Fault::BadScheme: return "the scheme is none";
    case H2Fault::BadPath: return "a path that is empty or has forbidden characters";
    case H2Fault::BadAuthority: return "an authority with forbidden characters";
    case H2Fault::BadName: return "a field name with forbidden characters";
    case H2Fault::BadValue: return "a field value with forbidden characters";
    case H2Fault::ConnectionField: return "a field that belongs to one connection";
    case H2Fault::BadLength: return "a wrong or second Content-Length";
    case H2Fault::ConflictingHost: return "two hosts that differ";
    case H2Fault::kCount: break;
  }
  return {};
}

void H2RequestText::reset() {
  for (std::string* each : {&method_, &scheme_, &authority_, &path_, &protocol_, &host_, &fields_, &cookies_, &length_}) each->clear();
  has_method_ = has_scheme_ = has_authority_ = has_path_ = has_protocol_ = false;
  has_fields_ = has_host_ = has_length_ = is_websocket_ = is_chunked_ = false;
}

Asked H2RequestText::asked() const {
  return {.method = is_websocket_ ? Method::Get : method_of(method_), .upgrade = is_websocket_, .websocket = is_websocket_ && protocol_ == "websocket"};
}

H2Fault add_trailer(std::string_view name, std::string_view value, std::string& out) {
  if (!is_h2_name(name) || is_h2_connection_field(name) || name == "content-length" || name == "host")
    return H2Fault::BadName;
  if (!is_h2_value(value)) return H2Fault::BadValue;
  append_h2_field(out, name, value);
  return H2Fault::None;
}

H2Fault H2RequestText::add(std::string_view name, std::string_view value) {
  if (name.empty()) return H2Fault::BadName;
  if (!is_h2_value(value)) return H2Fault::BadValue;
  return name.front() == ':' ? add_pseudo(name, value) : add_field(name, value);
}

H2Fault H2RequestText::add_pseudo(std::string_view name, std::string_view value) {
  if (has_fields_) return H2Fault::PseudoAfterField;
  struct Known {
    std::string_view name;
    std::string H2RequestText::*text;
    bool H2RequestText::*seen;
  };
  constexpr auto kKnown = std::to_array<Known>({{":method", &H2RequestText::method_, &H2RequestText::has_method_},
                                               {":scheme", &H2RequestText::scheme_, &H2RequestText::has_scheme_},
                                               {":authority", &H2RequestText::authority_, &H2RequestText::has_authority_},
                                               {":path", &H2RequestText::path_, &H2RequestText::has_path_},
                                               {":protocol", &H2RequestText::protocol_, &H2RequestText::has_protocol_}});
  const auto found = std::find_if(kKnown.begin(), kKnown.end(), [&](const Known& each) { return each.name == name; });
  if (found == kKnown.end()) return H2Fault::UnknownPseudo;
  if (this->*found->seen) return H2Fault::RepeatedPseudo;
  this->*found->seen = true;
  this->*found->text = value;
  return H2Fault::None;
}

H2Fault H2RequestText::add_length(std::string_view value) {
  if (value.empty() || value.size() > 18 || !all_of(value, base::is_digit)) return H2Fault::BadLength;
  if (has_length_) return value == length_ ? H2Fault::None : H2Fault::BadLength;  // twice the same counts once
  has_length_ = true;
  length_ = value;
  append_h2_field(fields_, "content-length", value);
  return H2Fault::None;
}

H2Fault H2RequestText::add_field(std::string_view name, std::string_view value) {
  has_fields_ = true;
  if (!is_h2_name(name)) return H2Fault::BadName;
  if (is_h2_connection_field(name) || (name == "te" && value != "trailers")) return H2Fault::ConnectionField;
  if (name == "content-length") return add_length(value);
  if (name == "host") {
    if (has_host_ && host_ != value) return H2Fault::ConflictingHost;
    has_host_ = true;
    host_ = value;
    if (!has_authority_) append_h2_field(fields_, name, value);  // it stays in its place
    return H2Fault::None;
  }
  if (name == "cookie") {  // section 8.2.3
    if (!cookies_.empty()) cookies_ += "; ";
    cookies_ += value;
    return H2Fault::None;
  }
  append_h2_field(fields_, name, value);
  return H2Fault::None;
}

H2Fault H2RequestText::judge() const {
  if (!has_method_) return H2Fault::MissingPseudo;
  if (method_.empty() || !all_of(method_, is_token)) return H2Fault::BadMethod;
  const bool is_connect = method_ == "CONNECT";
  if (has_protocol_ && !is_connect) return H2Fault::UnwantedPseudo;
  if (is_connect && !has_protocol_) {
    if (has_scheme_ || has_path_) return H2Fault::UnwantedPseudo;
    if (!has_authority_) return H2Fault::MissingPseudo;
  } else {
    if (!has_scheme_ || !has_path_) return H2Fault::MissingPseudo;
    if (scheme_.empty() || !all_of(scheme_, is_token)) return H2Fault::BadScheme;
    const bool is_asterisk = path_ == "*" && method_ == "OPTIONS";
    if (!is_asterisk && !path_.starts_with('/')) return H2Fault::BadPath;
    if (!all_of(path_, is_visible) || path_.find('#') != std::string::npos) return H2Fault::BadPath;
    if (has_protocol_ && !has_authority_) return H2Fault::MissingPseudo;
  }
  if (has_authority_ && (authority_.find('@') != std::string::npos || !all_of(authority_, is_visible))) return H2Fault::BadAuthority;
  if (has_authority_ && has_host_ && !same_authority(scheme_, authority_, host_)) return H2Fault::ConflictingHost;
  return H2Fault::None;
}

std::string_view H2RequestText::without_default_port(std::string_view authority) const {
  const HostPort parts = split_authority(authority);
  if (parts.port.data() == nullptr || method_ == "CONNECT" || !is_default_port(scheme_, parts.port)) return authority;
  return parts.host;
}

H2Fault H2RequestText::finish(bool has_body, std::string& out) {
  if (const H2Fault fault = judge(); fault != H2Fault::None) return fault;
  is_websocket_ = has_protocol_;
  const std::string_view named = without_default_port(authority_);
  constexpr std::size_t kWordsBetween = 128;
  out.reserve(out.size() + method_.size() + scheme_.size() + 2 * authority_.size() + path_.size() + fields_.size() + cookies_.size() +
              protocol_.size() + kWordsBetween);
  out.append(is_websocket_ ? std::string_view{"GET"} : method_).append(" ");
  if (method_ == "CONNECT" && !is_websocket_) {
    out += authority_;
  } else {
    if (has_authority_ && !named.empty() && path_ != "*") out.append(scheme_).append("://").append(named);
    out += path_;
  }
  out += " HTTP/2.0\r\n";
  if (has_authority_) append_h2_field(out, "host", named);
  out += fields_;
  if (is_websocket_) {
    append_h2_field(out, "upgrade", protocol_);
    append_h2_field(out, "connection", "upgrade");
  }
  if (!cookies_.empty()) append_h2_field(out, "cookie", cookies_);
  is_chunked_ = has_body && !has_length_ && method_ != "CONNECT";
  if (is_chunked_) append_h2_field(out, "transfer-encoding", "chunked");
  out += "\r\n";
  return H2Fault::None;
}

}  // namespace lib::http
