#include "vrrpd/report/holding_text.h"

#include <fmt/format.h>
#include <linux/fib_rules.h>
#include <linux/rtnetlink.h>

#include <array>
#include <iterator>

namespace vrrpd::report {

using lib::net::Address;
using parsers::keepalived::IpAddress;
using parsers::keepalived::IpRoute;
using parsers::keepalived::IpRule;
using parsers::keepalived::NextHop;

namespace {

using Out = std::back_insert_iterator<std::string>;

std::string scope_name(std::uint8_t scope) {
  switch (scope) {
    case RT_SCOPE_UNIVERSE: return "global";
    case RT_SCOPE_SITE: return "site";
    case RT_SCOPE_LINK: return "link";
    case RT_SCOPE_HOST: return "host";
    default: return std::to_string(scope);
  }
}

/// "inet 10.9.0.254"
std::string gateway_text(const Address& gateway) { return fmt::format("inet{} {}", gateway.is_ipv6() ? "6" : "", gateway.host()); }

std::string prefix_text(const Address& address, unsigned length) {
  return length == (address.is_ipv6() ? 128U : 32U) ? address.host() : fmt::format("{}/{}", address.host(), length);
}

struct Name {
  unsigned value;
  const char* name;
};
constexpr auto kTypes = std::to_array<Name>({{RTN_LOCAL, "local"}, {RTN_BROADCAST, "broadcast"}, {RTN_ANYCAST, "anycast"}, {RTN_MULTICAST, "multicast"},
    {RTN_BLACKHOLE, "blackhole"}, {RTN_UNREACHABLE, "unreachable"}, {RTN_PROHIBIT, "prohibit"}, {RTN_THROW, "throw"}, {RTN_NAT, "nat"}});
constexpr auto kMetrics = std::to_array<Name>({{RTAX_MTU, "mtu"}, {RTAX_ADVMSS, "advmss"}, {RTAX_RTT, "rtt"}, {RTAX_RTTVAR, "rttvar"}, {RTAX_REORDERING, "reordering"},
    {RTAX_WINDOW, "window"}, {RTAX_CWND, "cwnd"}, {RTAX_SSTHRESH, "ssthresh"}, {RTAX_HOPLIMIT, "hoplimit"}, {RTAX_INITCWND, "initcwnd"}, {RTAX_INITRWND, "initrwnd"},
    {RTAX_RTO_MIN, "rto_min"}, {RTAX_QUICKACK, "quickack"}, {RTAX_FASTOPEN_NO_COOKIE, "fastopen_no_cookie"}, {RTAX_FEATURES, "features"}});
constexpr auto kActions = std::to_array<Name>({{FR_ACT_BLACKHOLE, "blackhole"}, {FR_ACT_UNREACHABLE, "unreachable"}, {FR_ACT_PROHIBIT, "prohibit"}, {FR_ACT_NOP, "nop"}});

template <std::size_t Size>
const char* name_of(const std::array<Name, Size>& names, unsigned value) {
  for (const Name& each : names)
    if (each.value == value) return each.name;
  return nullptr;
}

void write_realms(Out out, std::uint32_t realms) {
  if (realms == 0) return;
  if (realms >> 16 != 0) fmt::format_to(out, " realms {}/{}", realms >> 16, realms & 0xffff);
  else fmt::format_to(out, " realms {}", realms);
}

void write_next_hop(Out out, const NextHop& hop) {
  fmt::format_to(out, " nexthop");
  if (hop.via) fmt::format_to(out, " via {}", gateway_text(*hop.via));
  if (!hop.interface.empty()) fmt::format_to(out, " dev {}", hop.interface);
  fmt::format_to(out, " weight {}", hop.weight == 0 ? 256 : hop.weight);
  if (hop.onlink) fmt::format_to(out, " onlink");
  write_realms(out, hop.realms);
}

/// Names what the VMAC stands on.
bool is_on(const std::string& carrier, const IpAddress& address) { return address.address.is_ipv4() && carrier.ends_with('@' + address.interface); }

}  // namespace

std::string address_text(const IpAddress& address, const std::string& carrier, bool is_set) {
  std::string out = fmt::format("{} dev {}", prefix_text(address.address, address.prefix_length), address.interface.empty() || is_on(carrier, address) ? carrier : address.interface);
  out += " scope " + scope_name(address.scope);
  if (!address.label.empty()) out += " label " + address.label;
  if (address.address.is_ipv6()) {
    if (address.preferred_lifetime_s == 0U) out += " deprecated";
    else if (address.preferred_lifetime_s) out += fmt::format(" preferred_lft {}", *address.preferred_lifetime_s);
    else out += " preferred_lft forever";
  }
  if (address.no_prefix_route) out += " noprefixroute";
  if (!address.tracked) out += " no_track";
  if (!address.track_group.empty()) out += " track_group " + address.track_group;
  if (is_set) out += " set";
  return out;
}

std::string route_text(const IpRoute& route) {
  std::string text = route.how == IpRoute::How::Prepend && route.type == RTN_UNICAST ? "prepend" : route.how == IpRoute::How::Append ? "append" : "add";
  const Out out{text};
  if (const char* const type = name_of(kTypes, route.type); type != nullptr) fmt::format_to(out, " {}", type);
  fmt::format_to(out, " {}", route.destination ? prefix_text(*route.destination, route.destination_length) : "default");
  if (route.source) fmt::format_to(out, " from {}", prefix_text(*route.source, route.source_length));
  if (route.preferred_source) fmt::format_to(out, " src {}", route.preferred_source->host());
  if (route.via) fmt::format_to(out, " via {}", gateway_text(*route.via));
  if (!route.interface.empty()) fmt::format_to(out, " dev {}", route.interface);
  if (route.table != RT_TABLE_MAIN) fmt::format_to(out, " table {}", route.table);
  if (route.tos != 0) fmt::format_to(out, " tos {}", route.tos);
  fmt::format_to(out, " proto {}", route.protocol);
  if (route.scope_given) fmt::format_to(out, " scope {}", route.scope);
  if (route.metric) fmt::format_to(out, " metric {}", *route.metric);
  if (route.onlink) fmt::format_to(out, " onlink");
  write_realms(out, route.realms);
  if (route.expires_s) fmt::format_to(out, " expires {}", *route.expires_s);
  for (const auto& metric : route.metrics) {
    const char* const name = name_of(kMetrics, metric.kind);
    fmt::format_to(out, " {} {}{}", name != nullptr ? name : "metric?", metric.locked ? "lock " : "", metric.value);
  }
  if (!route.congestion_control.empty()) fmt::format_to(out, " congctl {}", route.congestion_control);
  if (route.router_preference) fmt::format_to(out, " pref {}", *route.router_preference == 1 ? "high" : *route.router_preference == 3 ? "low" : "medium");
  if (route.ttl_propagate) fmt::format_to(out, " ttl-propagate {}", *route.ttl_propagate != 0 ? "enabled" : "disabled");
  for (const NextHop& hop : route.next_hops) write_next_hop(out, hop);
  if (!route.tracked) fmt::format_to(out, " no_track");
  if (!route.track_group.empty()) fmt::format_to(out, " track_group {}", route.track_group);
  return text;
}

std::string rule_text(const IpRule& rule) {
  std::string text = rule.inverted ? "not " : "";
  const Out out{text};
  fmt::format_to(out, "from {}", rule.from ? prefix_text(*rule.from, rule.from_length) : "all");
  if (rule.to) fmt::format_to(out, " to {}", prefix_text(*rule.to, rule.to_length));
  fmt::format_to(out, " priority {} tos 0x{:x}", rule.priority, rule.tos);
  if (rule.fwmark) fmt::format_to(out, " fwmark 0x{:x}", *rule.fwmark);
  if (rule.fwmark_mask) fmt::format_to(out, "/0x{:x}", *rule.fwmark_mask);
  if (!rule.in_interface.empty()) fmt::format_to(out, " iif {}", rule.in_interface);
  if (!rule.out_interface.empty()) fmt::format_to(out, " oif {}", rule.out_interface);
  if (rule.suppress_prefix_length) fmt::format_to(out, " suppress_prefixlength {}", *rule.suppress_prefix_length);
  if (rule.suppress_interface_group) fmt::format_to(out, " suppress_ifgroup {}", *rule.suppress_interface_group);
  if (rule.tunnel_id) fmt::format_to(out, " tunnel-id {}", *rule.tunnel_id);
  if (rule.uid_range) fmt::format_to(out, " uidrange {}-{}", rule.uid_range->first, rule.uid_range->second);
  if (rule.l3mdev) fmt::format_to(out, " l3mdev");
  if (rule.ip_protocol != 0) fmt::format_to(out, " ipproto {}", rule.ip_protocol);
  if (rule.source_ports) fmt::format_to(out, " sport {}-{}", rule.source_ports->first, rule.source_ports->second);
  if (rule.destination_ports) fmt::format_to(out, " dport {}-{}", rule.destination_ports->first, rule.destination_ports->second);
  write_realms(out, rule.realms.value_or(0));
  if (rule.table) fmt::format_to(out, " protocol {} lookup {}", rule.protocol, *rule.table);
  if (rule.goto_priority) fmt::format_to(out, " goto {}", *rule.goto_priority);
  if (const char* const action = name_of(kActions, rule.action); action != nullptr) fmt::format_to(out, " type {}", action);
  if (!rule.tracked) fmt::format_to(out, " no_track");
  if (!rule.track_group.empty()) fmt::format_to(out, " track_group {}", rule.track_group);
  return text;
}

std::string quoted_command(const parsers::keepalived::Command& command) {
  std::string out;
  for (const std::string& word : command.argv) out += (out.empty() ? "'" : " '") + word + '\'';
  return out;
}

}  // namespace vrrpd::report
