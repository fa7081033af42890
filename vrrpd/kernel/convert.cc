#include "vrrpd/kernel/convert.h"

#include <fmt/format.h>
#include <linux/if_addr.h>
#include <linux/rtnetlink.h>

namespace vrrpd::kernel {

namespace {

using lib::netlink::Route;
using lib::netlink::Rule;
using parsers::keepalived::IpAddress;
using parsers::keepalived::IpRoute;
using parsers::keepalived::IpRule;
using parsers::keepalived::RouteEncapsulation;

constexpr std::uint32_t kIpv6Metric = 1024;  // what the kernel gives an IPv6 route without a metric

std::uint32_t flags_of(const IpAddress& address) {
  std::uint32_t out = 0;
  if (address.home) out |= IFA_F_HOMEADDRESS;
  if (address.no_dad) out |= IFA_F_NODAD;
  if (address.managed_temporary) out |= IFA_F_MANAGETEMPADDR;
  if (address.no_prefix_route) out |= IFA_F_NOPREFIXROUTE;
  if (address.autojoin) out |= IFA_F_MCAUTOJOIN;
  return out;
}

/// The least that the kernel takes for the type. A unicast route without a gateway stays global, as keepalived has it, where
/// ip-route(8) would put it on the link.
std::uint8_t default_scope(const IpRoute& route) {
  if (route.family != AF_INET) return RT_SCOPE_UNIVERSE;
  switch (route.type) {
    case RTN_LOCAL:
    case RTN_NAT: return RT_SCOPE_HOST;
    case RTN_BROADCAST:
    case RTN_MULTICAST:
    case RTN_ANYCAST: return RT_SCOPE_LINK;
    default: return RT_SCOPE_UNIVERSE;
  }
}

std::pair<std::uint16_t, std::vector<std::uint8_t>> encapsulation_of(const RouteEncapsulation& wanted) {
  lib::netlink::Encapsulation out;
  out.kind = static_cast<lib::netlink::Encapsulation::Kind>(wanted.kind);  // the same list
  out.labels = wanted.labels;
  out.destination = wanted.destination;
  out.source = wanted.source;
  out.id = wanted.id;
  out.locator = wanted.locator;
  out.ttl = wanted.ttl;
  out.tos = wanted.tos;
  out.flags = wanted.flags;
  return lib::netlink::encode_encapsulation(out);
}

/// The index of an interface that a route names; 0 when it names none, nothing when there is none of that name.
std::optional<unsigned> index_of(const std::string& name, const Interfaces& interfaces) {
  if (name.empty()) return 0U;
  const Interface* found = interfaces.find(name);
  if (found == nullptr) return std::nullopt;
  return found->link.index;
}

void copy_metrics(const IpRoute& route, Route& out) {
  std::uint32_t locked = 0;
  for (const auto& metric : route.metrics) {
    if (metric.kind == RTAX_LOCK) {
      locked |= metric.value;
      continue;
    }
    out.metrics.emplace_back(metric.kind, metric.value);
    if (metric.locked) locked |= 1U << metric.kind;
  }
  if (locked != 0) out.metrics.emplace_back(RTAX_LOCK, locked);
  out.congestion_control = route.congestion_control;
}

bool same_optional(const std::optional<Address>& a, const std::optional<Address>& b) {
  return a.has_value() == b.has_value() && (!a || a->same_host(*b));
}

/// A default route may be written as 0.0.0.0/0 or as none.
bool same_prefix(const std::optional<Address>& a, std::uint8_t a_length, const std::optional<Address>& b,
                 std::uint8_t b_length) {
  if (a_length != b_length) return false;
  return a_length == 0 || same_optional(a, b);
}

}  // namespace

std::optional<InterfaceAddress> to_kernel(const IpAddress& address, const std::string& own_interface,
                                          const Interfaces& interfaces) {
  const Interface* interface = interfaces.find(address.interface.empty() ? own_interface : address.interface);
  if (interface == nullptr) return std::nullopt;
  InterfaceAddress out;
  out.index = interface->link.index;
  out.address = address.address;
  out.prefix_length = address.peer ? address.peer_prefix_length : address.prefix_length;
  out.label = address.label;
  out.broadcast = address.broadcast;
  out.peer = address.peer;
  out.scope = address.scope;
  out.flags = flags_of(address);
  out.protocol = kOurProtocol;
  out.preferred_lifetime_s = address.preferred_lifetime_s;
  return out;
}

std::optional<Route> to_kernel(const IpRoute& route, const Interfaces& interfaces) {
  Route out;
  const auto index = index_of(route.interface, interfaces);
  if (!index) return std::nullopt;
  out.index = *index;
  out.family = route.family;
  out.type = route.type;
  out.scope = route.scope_given ? route.scope : default_scope(route);
  out.protocol = route.protocol;
  out.tos = route.tos;
  out.destination = route.destination;
  out.destination_length = route.destination_length;
  out.source = route.source;
  out.source_length = route.source_length;
  out.preferred_source = route.preferred_source;
  out.via = route.via;
  out.table = route.table;
  out.realms = route.realms;
  out.metric = route.metric;
  out.expires_s = route.expires_s;
  out.router_preference = route.router_preference;
  out.ttl_propagate = route.ttl_propagate;
  out.onlink = route.onlink;
  out.how = static_cast<Route::How>(route.how);  // the same list
  copy_metrics(route, out);
  std::tie(out.encapsulation_type, out.encapsulation) = encapsulation_of(route.encapsulation);
  for (const auto& hop : route.next_hops) {
    const auto hop_index = index_of(hop.interface, interfaces);
    if (!hop_index) return std::nullopt;
    lib::netlink::NextHop one;
    one.via = hop.via;
    one.index = *hop_index;
    one.weight = hop.weight;
    one.realms = hop.realms;
    one.onlink = hop.onlink;
    std::tie(one.encapsulation_type, one.encapsulation) = encapsulation_of(hop.encapsulation);
    out.next_hops.push_back(std::move(one));
  }
  return out;
}

Rule to_kernel(const IpRule& rule) {
  Rule out;
  out.family = rule.family;
  out.action = rule.action;
  out.tos = rule.tos;
  out.protocol = rule.protocol;
  out.ip_protocol = rule.ip_protocol;
  out.inverted = rule.inverted;
  out.l3mdev = rule.l3mdev;
  out.from = rule.from;
  out.from_length = rule.from_length;
  out.to = rule.to;
  out.to_length = rule.to_length;
  out.priority = rule.priority;
  out.table = rule.table;
  out.goto_priority = rule.goto_priority;
  out.fwmark = rule.fwmark;
  out.fwmark_mask = rule.fwmark_mask;
  out.realms = rule.realms;
  out.suppress_prefix_length = rule.suppress_prefix_length;
  out.suppress_interface_group = rule.suppress_interface_group;
  out.tunnel_id = rule.tunnel_id;
  out.in_interface = rule.in_interface;
  out.out_interface = rule.out_interface;
  out.uid_range = rule.uid_range;
  out.source_ports = rule.source_ports;
  out.destination_ports = rule.destination_ports;
  return out;
}

std::string describe(const IpAddress& address, const std::string& own_interface) {
  const unsigned length = address.peer ? address.peer_prefix_length : address.prefix_length;
  return fmt::format("{}/{} dev {}", address.address.host(), length,
                     address.interface.empty() ? own_interface : address.interface);
}

std::string describe(const Route& route) {
  std::string out = route.destination ? fmt::format("{}/{}", route.destination->host(), unsigned{route.destination_length})
                                      : std::string{"default"};
  if (route.table != RT_TABLE_MAIN) out += fmt::format(" table {}", route.table);
  return out;
}

std::string describe(const Rule& rule) {
  std::string out = fmt::format("preference {}", rule.priority);
  if (rule.from) out += fmt::format(" from {}/{}", rule.from->host(), unsigned{rule.from_length});
  if (rule.to) out += fmt::format(" to {}/{}", rule.to->host(), unsigned{rule.to_length});
  if (rule.table) out += fmt::format(" table {}", *rule.table);
  return out;
}

bool is_same_address(const InterfaceAddress& wanted, const InterfaceAddress& there) {
  return wanted.index == there.index && wanted.prefix_length == there.prefix_length &&
         wanted.address.same_host(there.address);
}

bool is_same_route(const Route& wanted, const Route& there) {
  if (wanted.family != there.family || wanted.table != there.table || wanted.tos != there.tos ||
      wanted.protocol != there.protocol || wanted.type != there.type)
    return false;
  const std::uint32_t no_metric = wanted.family == AF_INET6 ? kIpv6Metric : 0;
  return same_prefix(wanted.destination, wanted.destination_length, there.destination, there.destination_length) &&
         same_prefix(wanted.source, wanted.source_length, there.source, there.source_length) &&
         wanted.metric.value_or(no_metric) == there.metric.value_or(no_metric) &&
         (wanted.index == 0 || there.index == 0 || wanted.index == there.index);
}

bool is_same_rule(const Rule& wanted, const Rule& there) {
  return wanted.family == there.family && wanted.priority == there.priority && wanted.action == there.action &&
         wanted.table == there.table && wanted.inverted == there.inverted &&
         same_prefix(wanted.from, wanted.from_length, there.from, there.from_length) &&
         same_prefix(wanted.to, wanted.to_length, there.to, there.to_length) &&
         wanted.in_interface == there.in_interface && wanted.out_interface == there.out_interface &&
         wanted.fwmark.value_or(0) == there.fwmark.value_or(0);
}

}  // namespace vrrpd::kernel
