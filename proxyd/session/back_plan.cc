#include "proxyd/session/back_plan.h"

#include <array>
#include <vector>

#include "lib/base/text.h"
#include "lib/net/namespace.h"
#include "lib/net/proxy_header.h"
#include "lib/tls/server_layer.h"
#include "proxyd/config/server_tls.h"
#include "proxyd/samples/header_values.h"
#include "proxyd/session/client_tlvs.h"
#include "proxyd/session/format_text.h"

namespace proxyd::session {
namespace {

using config::SendProxy;
using config::ConnectSource;
using lib::net::Address;
using lib::net::TlvType;

// ---- where to

/// An address of zeros or a port that is none (or an offset) stand for the client's own.
void take_client_destination(Stream& stream, lib::net::Endpoint& where) {
  const servers::Server& server = *stream.server;
  if (where.kind != lib::net::Endpoint::Kind::Ip) return;
  const bool any_host = where.ip.is_any();
  if (!any_host && !server.conf.port_is_mapped) return;
  const Address wanted = stream.front.destination();
  const std::uint16_t port = server.conf.port_is_mapped
                                 ? static_cast<std::uint16_t>(static_cast<int>(wanted.port()) + server.conf.port_offset)
                                 : where.ip.port();
  if (any_host && wanted.is_ip()) where.ip = wanted;
  where.ip.set_port(port);
}

// ---- from where

/// The value of that number of a header that is a list, over all its lines; from -1 on from the last. Empty: there is none.
std::string_view list_value(const lib::http::RequestHead& head, std::string_view name, std::int32_t occurrence) {
  std::array<std::string_view, 10> last{};  // "source" allows no more
  std::int32_t seen = 0;
  for (const lib::http::Field& field : head.fields) {
    if (field.dropped || !lib::base::equal_ignoring_case(head.name(field), name)) continue;
    std::string_view rest = head.value(field), value;
    for (bool more = true; more;) {
      more = samples::next_list_value(rest, value);
      ++seen;
      if (seen == occurrence) return value;
      last[static_cast<std::size_t>(seen) % last.size()] = value;
    }
  }
  if (occurrence > 0 || -occurrence > seen) return {};
  return last[static_cast<std::size_t>(seen + 1 + occurrence) % last.size()];
}

/// An address with or without a port; one that is none is the system's choice, as with haproxy.
Address address_in(std::string_view text, sa_family_t family) {
  const std::size_t colon = text.find(':');
  if (family == AF_INET && colon != std::string_view::npos) text = text.substr(0, colon);
  const auto parsed = Address::parse(text);
  return parsed && parsed->family() == family ? *parsed : Address::any(family);
}

bool spoof_source(const Stream& stream, const ConnectSource& source, BackPlan& plan) {
  const sa_family_t family = plan.where.ip.family();
  Address& chosen = plan.options.source;
  switch (source.spoof) {
    case ConnectSource::Spoof::None: return true;
    case ConnectSource::Spoof::Address: chosen = source.spoofed; break;
    case ConnectSource::Spoof::Client:
    case ConnectSource::Spoof::ClientIp:
      chosen = stream.front.client();
      if (source.spoof == ConnectSource::Spoof::ClientIp) chosen.set_port(0);
      break;
    case ConnectSource::Spoof::Header: {
      if (stream.request_head == nullptr) return false;
      const std::string_view value = list_value(*stream.request_head, source.header, source.occurrence);
      if (value.data() == nullptr) return false;
      chosen = address_in(value, family);
      break;
    }
  }
  plan.options.foreign_source = chosen.is_ip();
  return true;
}

// ---- what is said first

std::string_view client_tlv(const Stream& stream, TlvType type) {
  const Front& front = stream.front;
  if (!front.received_proxy_header()) return {};
  return lib::net::ProxyHeader::find_tlv(front.announced->tlvs, static_cast<std::uint8_t>(type));
}

/// The name that the client asked for: by TLS, else as a PROXY header said.
std::string_view authority_of(const Stream& stream) {
  const lib::tls::ServerLayer* const tls = stream.front.tls;
  return tls != nullptr && !tls->server_name().empty() ? tls->server_name() : client_tlv(stream, TlvType::Authority);
}

void put_v2(Stream& stream, const SendProxy& wanted, std::string& out) {
  std::vector<lib::net::ProxyTlv> tlvs;
  const auto put = [&](TlvType type, std::string_view value) {
    if (value.data() != nullptr) tlvs.push_back({static_cast<std::uint8_t>(type), value});
  };
  const lib::tls::ServerLayer* const tls = stream.front.tls;
  if (tls != nullptr && !tls->protocol().empty()) put(TlvType::Alpn, tls->protocol());
  if ((wanted.bits & SendProxy::kAuthority) != 0) put(TlvType::Authority, authority_of(stream));
  if ((wanted.bits & SendProxy::kUniqueId) != 0) put(TlvType::UniqueId, stream.kept(kUniqueIdSlot));
  const std::string about_tls = wanted.tells_tls() ? tls_tlv(stream.front, wanted) : std::string{};
  if (!about_tls.empty()) put(TlvType::Tls, about_tls);
  const lib::net::Namespace* const name_space = stream.front.client_namespace();
  if (name_space != nullptr) put(TlvType::NetworkNamespace, name_space->name());
  std::vector<std::string> made;  // a value lives only as long as its context
  made.reserve(wanted.tlvs.size());
  for (const SendProxy::Tlv& each : wanted.tlvs) {
    samples::Context context{stream, *stream.front.worker.scratch, samples::Place::BackRequest};
    made.emplace_back(text_of(stream, *each.value.form, context));
    tlvs.push_back({each.type, made.back()});
  }
  const bool checked = (wanted.bits & SendProxy::kChecksum) != 0;
  lib::net::encode_proxy_v2(stream.front.client(), stream.front.destination(), tlvs,
                            checked ? lib::net::Checksum::Crc32c : lib::net::Checksum::None, out);
}

void put_foreword(Stream& stream, const SendProxy& wanted, std::string& out) {
  if (!wanted.is_on()) return;
  if (wanted.is_v2()) return put_v2(stream, wanted, out);
  lib::net::encode_proxy_v1(stream.front.client(), stream.front.destination(), out);
}

/// "set-bc-mark", "set-bc-tos": a connection with other marks is another one.
void mark_packets(const Stream& stream, BackPlan& plan) {
  const rules::Handling& said = stream.handling;
  if (said.back_mark >= 0) plan.options.mark = static_cast<std::uint32_t>(said.back_mark);
  if (said.back_tos >= 0) plan.options.tos = static_cast<std::uint8_t>(said.back_tos);
  plan.binding = std::to_string(said.back_mark) + '/' + std::to_string(said.back_tos) + ' ';
}

/// "sni"
void take_server_name(Stream& stream, BackPlan& plan) {
  samples::Context context{stream, *stream.front.worker.scratch, samples::Place::BackRequest};
  samples::Sample name;
  if (stream.server->conf.tls->sni->evaluate(context, name) && samples::cast(name, samples::Type::Text, context.arena()))
    plan.server_name = name.text;
}

lib::net::Endpoint present_address(servers::Server& server) {
  const std::lock_guard lock{server.backend.mutex};  // `set server addr` may be changing it
  return server.where;
}

}  // namespace

config::ServerProtocol websocket_protocol(const Stream& stream) {
  using enum config::ServerProtocol;
  const config::Server& conf = stream.server->conf;
  if (!stream.is_websocket()) return Any;
  if (conf.websockets != Any) return conf.websockets;
  // Not every server of HTTP/2 knows RFC 8441: where there is a choice, HTTP/1.
  const bool may_choose = stream.server->speaks_tls() && conf.offers_http1 && conf.offers_http2 && conf.protocol == Any;
  return may_choose ? Http1 : Any;
}

bool plan_connection(Stream& stream, BackPlan& plan) {
  servers::Server& server = *stream.server;
  const config::Server& conf = server.conf;
  const ConnectSource& source = conf.source.is_set ? conf.source : stream.back_conf().source;
  plan.where = present_address(server);
  plan.options.source = source.address;
  plan.options.interface = source.interface;
  plan.options.fast_open = conf.fast_open;
  plan.options.tuning.user_timeout_ms = conf.user_timeout_ms;
  plan.options.name_space = conf.client_namespace ? stream.front.client_namespace() : conf.name_space.get();
  if (stream.handling.has_back_fields()) mark_packets(stream, plan);
  if (websocket_protocol(stream) != config::ServerProtocol::Any) plan.binding += "ws ";
  if (!server.is_individual()) return true;
  take_client_destination(stream, plan.where);
  if (!spoof_source(stream, source, plan)) return false;
  put_foreword(stream, conf.send_proxy, plan.foreword);
  if (server.speaks_tls() && conf.tls->sni != nullptr) take_server_name(stream, plan);
  plan.binding += plan.where.text();
  if (plan.options.foreign_source) plan.binding += ' ' + plan.options.source.text();
  if (conf.client_namespace && plan.options.name_space != nullptr) plan.binding += ' ' + plan.options.name_space->name();
  if (!plan.server_name.empty()) plan.binding += " sni " + plan.server_name;
  if (!plan.foreword.empty()) plan.binding += ' ' + plan.foreword;
  return true;
}

}  // namespace proxyd::session
