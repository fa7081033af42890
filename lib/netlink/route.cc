#include <linux/rtnetlink.h>

#include <algorithm>
#include <cstring>

#include "lib/netlink/wire.h"

namespace lib::netlink::wire {

namespace {

constexpr std::size_t kRoom = 16 * 1024;  // a route may have very many next hops

/// A gateway of the route's own family, or of the other one (RFC 8950: IPv4 by an IPv6 neighbour).
void put_gateway(Message& out, std::uint8_t family, const Address& via) {
  if (via.family() == family) {
    out.put_address(RTA_GATEWAY, via);
    return;
  }
  std::array<std::uint8_t, 16> room{};
  const auto bytes = address_bytes(via, room);
  std::array<std::uint8_t, 18> value{};
  const auto other = static_cast<std::uint16_t>(via.family());
  std::memcpy(value.data(), &other, sizeof other);
  std::copy(bytes.begin(), bytes.end(), value.begin() + 2);
  out.put(RTA_VIA, value.data(), bytes.size() + 2);
}

std::optional<Address> gateway_of(const Attributes& attributes, std::uint8_t family) {
  if (attributes.has(RTA_GATEWAY)) return attributes.address(RTA_GATEWAY, family);
  const auto raw = attributes.bytes(RTA_VIA);
  if (raw.size() < 2) return std::nullopt;
  std::uint16_t other = 0;
  std::memcpy(&other, raw.data(), sizeof other);
  return address_of(raw.subspan(2), static_cast<std::uint8_t>(other));
}

void put_encapsulation(Message& out, std::uint16_t type, const std::vector<std::uint8_t>& payload) {
  if (type == 0) return;
  out.put_u16(RTA_ENCAP_TYPE, type);
  out.put(RTA_ENCAP, payload.data(), payload.size());
}

void put_next_hops(Message& out, const Route& route) {
  nlattr* all = out.begin(RTA_MULTIPATH);
  for (const NextHop& hop : route.next_hops) {
    const std::size_t start = out.size();
    rtnexthop head{};
    head.rtnh_hops = static_cast<std::uint8_t>(hop.weight - 1);  // 1..256 as written is 0..255 here
    head.rtnh_ifindex = static_cast<int>(hop.index);
    if (hop.onlink) head.rtnh_flags |= RTNH_F_ONLINK;
    out.append(&head, sizeof head);
    if (hop.via) put_gateway(out, route.family, *hop.via);
    if (hop.realms != 0) out.put_u32(RTA_FLOW, hop.realms);
    put_encapsulation(out, hop.encapsulation_type, hop.encapsulation);
    head.rtnh_len = static_cast<std::uint16_t>(out.size() - start);
    if (out.is_complete()) std::memcpy(out.at(start), &head, sizeof head);
  }
  out.end(all);
}

void put_metrics(Message& out, const Route& route) {
  if (route.metrics.empty() && route.congestion_control.empty()) return;
  nlattr* all = out.begin(RTA_METRICS);
  for (const auto& [kind, value] : route.metrics) out.put_u32(kind, value);
  if (!route.congestion_control.empty()) out.put_text(RTAX_CC_ALGO, route.congestion_control);
  out.end(all);
}

std::uint16_t flags_of(Route::How how) {
  switch (how) {
    case Route::How::Prepend: return NLM_F_CREATE;
    case Route::How::Add: return NLM_F_CREATE | NLM_F_EXCL;
    case Route::How::Append: return NLM_F_CREATE | NLM_F_APPEND;
  }
  return NLM_F_CREATE;
}

std::vector<NextHop> decode_next_hops(std::span<const std::uint8_t> raw, std::uint8_t family) {
  std::vector<NextHop> out;
  while (raw.size() >= sizeof(rtnexthop)) {
    rtnexthop head{};
    std::memcpy(&head, raw.data(), sizeof head);
    if (head.rtnh_len < sizeof head || head.rtnh_len > raw.size()) break;
    const Attributes attributes{reinterpret_cast<const nlattr*>(raw.data() + sizeof head),
                                static_cast<int>(head.rtnh_len - sizeof head)};
    NextHop hop;
    hop.index = static_cast<unsigned>(head.rtnh_ifindex);
    hop.weight = static_cast<std::uint8_t>(head.rtnh_hops + 1);
    hop.onlink = (head.rtnh_flags & RTNH_F_ONLINK) != 0;
    hop.via = gateway_of(attributes, family);
    hop.realms = attributes.u32(RTA_FLOW).value_or(0);
    out.push_back(std::move(hop));
    raw = raw.subspan(std::min(raw.size(), static_cast<std::size_t>((head.rtnh_len + 3) & ~3)));
  }
  return out;
}

}  // namespace

Message encode_route(const Route& route, bool add) {
  Message out{add ? std::uint16_t{RTM_NEWROUTE} : std::uint16_t{RTM_DELROUTE},
              add ? flags_of(route.how) : std::uint16_t{0}, kRoom};
  rtmsg head{};
  head.rtm_family = route.family;
  head.rtm_dst_len = route.destination_length;
  head.rtm_src_len = route.source_length;
  head.rtm_tos = route.tos;
  head.rtm_table = route.table < 256 ? static_cast<std::uint8_t>(route.table) : std::uint8_t{RT_TABLE_UNSPEC};
  head.rtm_protocol = route.protocol;
  // What is removed is found by its destination, next hops and protocol, whatever scope the kernel gave it.
  head.rtm_scope = add ? route.scope : std::uint8_t{RT_SCOPE_NOWHERE};
  head.rtm_type = route.type;
  if (route.onlink) head.rtm_flags |= RTNH_F_ONLINK;
  out.header(head);
  out.put_u32(RTA_TABLE, route.table);
  if (route.destination) out.put_address(RTA_DST, *route.destination);
  if (route.source) out.put_address(RTA_SRC, *route.source);
  if (route.preferred_source) out.put_address(RTA_PREFSRC, *route.preferred_source);
  if (route.via) put_gateway(out, route.family, *route.via);
  if (route.index != 0) out.put_u32(RTA_OIF, route.index);
  if (route.realms != 0) out.put_u32(RTA_FLOW, route.realms);
  if (route.metric) out.put_u32(RTA_PRIORITY, *route.metric);
  if (!route.next_hops.empty()) put_next_hops(out, route);
  put_encapsulation(out, route.encapsulation_type, route.encapsulation);
  if (!add) return out;
  put_metrics(out, route);
  if (route.expires_s) out.put_u32(RTA_EXPIRES, *route.expires_s);
  if (route.router_preference) out.put_u8(RTA_PREF, *route.router_preference);
  if (route.ttl_propagate) out.put_u8(RTA_TTL_PROPAGATE, *route.ttl_propagate);
  return out;
}

std::optional<Route> decode_route(const nlmsghdr& message) {
  const auto* head = header_of<rtmsg>(message);
  if (head == nullptr || (head->rtm_family != AF_INET && head->rtm_family != AF_INET6)) return std::nullopt;
  if ((head->rtm_flags & RTM_F_CLONED) != 0) return std::nullopt;  // a cached result, no route of the table
  const auto attributes = Attributes::of_message(message, sizeof *head);
  Route out;
  out.family = head->rtm_family;
  out.type = head->rtm_type;
  out.scope = head->rtm_scope;
  out.protocol = head->rtm_protocol;
  out.tos = head->rtm_tos;
  out.onlink = (head->rtm_flags & RTNH_F_ONLINK) != 0;
  out.destination = attributes.address(RTA_DST, out.family);
  out.destination_length = head->rtm_dst_len;
  out.source = attributes.address(RTA_SRC, out.family);
  out.source_length = head->rtm_src_len;
  out.preferred_source = attributes.address(RTA_PREFSRC, out.family);
  out.via = gateway_of(attributes, out.family);
  out.index = attributes.u32(RTA_OIF).value_or(0);
  out.table = attributes.u32(RTA_TABLE).value_or(head->rtm_table);
  out.realms = attributes.u32(RTA_FLOW).value_or(0);
  out.metric = attributes.u32(RTA_PRIORITY);
  out.router_preference = attributes.u8(RTA_PREF);
  out.ttl_propagate = attributes.u8(RTA_TTL_PROPAGATE);
  const auto metrics = attributes.nested(RTA_METRICS);
  for (std::uint16_t kind = 1; kind <= RTAX_MAX; ++kind) {
    if (kind == RTAX_CC_ALGO) continue;
    if (const auto value = metrics.u32(kind)) out.metrics.emplace_back(kind, *value);
  }
  out.congestion_control = metrics.text(RTAX_CC_ALGO);
  out.next_hops = decode_next_hops(attributes.bytes(RTA_MULTIPATH), out.family);
  out.encapsulation_type = attributes.u16(RTA_ENCAP_TYPE).value_or(0);
  const auto payload = attributes.bytes(RTA_ENCAP);
  out.encapsulation.assign(payload.begin(), payload.end());
  return out;
}

}  // namespace lib::netlink::wire
