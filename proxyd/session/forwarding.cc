#include "proxyd/session/forwarding.h"

#include <string>

#include "proxyd/session/http_stream.h"

namespace proxyd::session {
namespace {

/// The option of the frontend or, when that has none, of the backend; both together add one header, the backend's name.
bool add_address(HttpStream& stream, lib::http::HeadWriter& writer, const config::HeaderOption& front,
                 const config::HeaderOption& back, std::string_view default_name, const lib::net::Address& address) {
  if (!address.is_ip()) return true;
  const config::HeaderOption& option = back.enabled ? back : front;
  const std::string_view name = option.header.empty() ? default_name : std::string_view{option.header};
  const bool if_none = (!front.enabled || front.if_none) && (!back.enabled || back.if_none);
  if (if_none && stream.request.find(name) != nullptr) return true;
  if (front.enabled && front.except && front.except->contains(address)) return true;
  if (back.enabled && back.except && back.except->contains(address)) return true;
  return writer.add(name, address.host());
}

}  // namespace

bool add_early_data(HttpStream& stream, lib::http::HeadWriter& writer) {
  if (!stream.is_early()) return true;
  if (stream.request.find("early-data") != nullptr) return stream.told_early = true;  // by somebody before us
  return stream.told_early = writer.add("early-data", "1");
}

bool add_forward_for(HttpStream& stream, lib::http::HeadWriter& writer) {
  const config::HeaderOption& front = stream.front.conf().forward_for;
  const config::HeaderOption& back = stream.back_conf().forward_for;
  if (!front.enabled && !back.enabled) return true;
  return add_address(stream, writer, front, back, "x-forwarded-for", stream.front.client());
}

bool add_original_to(HttpStream& stream, lib::http::HeadWriter& writer) {
  const config::HeaderOption& front = stream.front.conf().original_to;
  const config::HeaderOption& back = stream.back_conf().original_to;
  if (!front.enabled && !back.enabled) return true;
  return add_address(stream, writer, front, back, "x-original-to", stream.front.destination());
}

bool add_forwarded(HttpStream& stream, lib::http::HeadWriter& writer) {
  const config::ForwardedOption& option = stream.back_conf().forwarded;
  if (!option.enabled) return true;
  std::string value;
  const auto part = [&](std::string_view key, std::string_view text, bool quoted) {
    if (!value.empty()) value += ';';
    value += key;
    value += '=';
    if (quoted) value += '"';
    value += text;
    if (quoted) value += '"';
  };
  const auto node = [&](std::string_view key, const lib::net::Address& address, bool with_port) {
    if (!address.is_ip()) return part(key, "unknown", false);
    std::string text = address.is_ipv6() ? "[" + address.host() + "]" : address.host();
    if (with_port) text += ":" + std::to_string(address.port());
    part(key, text, with_port || address.is_ipv6());  // a colon is no token character, RFC 7239 section 4
  };
  if (option.proto) part("proto", stream.front.tls != nullptr ? "https" : "http", false);
  if (option.host) {
    const std::string_view host = stream.request.value_of(lib::http::FieldId::Host);
    if (!host.empty()) part("host", host, host.find_first_of(":[]\"") != std::string_view::npos);
  }
  if (option.by) node("by", stream.front.destination(), option.by_port);
  if (option.for_) node("for", stream.front.client(), option.for_port);
  return writer.add("forwarded", value);
}

}  // namespace proxyd::session
