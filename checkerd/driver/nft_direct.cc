#include "checkerd/driver/nft_direct.h"

#include <fmt/format.h>

namespace checkerd::driver {
namespace {

constexpr unsigned kMostFlows = 262144;
constexpr unsigned kTcpFlow_s = 900, kUdpFlow_s = 300;  // IPVS's own timeouts

bool is_persistent(const DirectService& service) { return service.service.service.persistence_timeout_s != 0; }

bool remembers_flows(const DirectService& service) { return is_persistent(service) || service.service.service.key.family != AF_INET6; }

Slots slots_of(const DirectService& service) {
  return remembers_flows(service) ? make_slots(service.service.service, service.service.destinations) : make_hashed_slots(service.service.destinations);
}

/// What tells one flow from another.
std::string flow_key(const DirectService& service) {
  const Service& what = service.service.service;
  if (is_persistent(service)) return client_expression(what);
  const std::string client = fmt::format("{} saddr . th sport", ip_word(what.key));
  return style_of(what.key) == Style::Host ? client + " . th dport" : client;
}

std::string flow_type(const DirectService& service) {
  const ServiceKey& key = service.service.service.key;
  if (is_persistent(service)) return address_type(key);
  return fmt::format("{} . inet_service{}", address_type(key), style_of(key) == Style::Host ? " . inet_service" : "");
}

unsigned flow_timeout(const DirectService& service) {
  const Service& what = service.service.service;
  if (is_persistent(service)) return what.persistence_timeout_s;
  return what.key.protocol == Protocol::Udp ? kUdpFlow_s : kTcpFlow_s;
}

std::string pick_text(const DirectService& service, const Slots& slots) {
  if (slots.ranges.size() == 1) return std::to_string(service.numbers[slots.ranges.front().server]);
  std::string map;
  for (const Slots::Range& range : slots.ranges) {
    if (!map.empty()) map += ", ";
    map += range.first == range.last ? std::to_string(range.first) : fmt::format("{}-{}", range.first, range.last);
    map += fmt::format(" : {}", service.numbers[range.server]);
  }
  return fmt::format("{} map {{ {} }}", draw_expression(service.service.service, slots), map);
}

constexpr const char* kFlags = "tcp flags & (fin | syn | rst | ack)";

/// The rules of a service that remembers its flows. The mark is a register here: it is 0 when a packet enters, and a packet that stays
/// leaves with 0.
std::vector<std::string> remembering_rules(const DirectService& service, const Slots& slots, const std::string& send) {
  const unsigned number = service.service.number;
  const std::string flow = flow_key(service);
  std::vector<std::string> out;
  out.push_back(fmt::format("meta mark set {} map @f{}", flow, number));
  out.push_back(fmt::format("meta mark @c{0} update @f{0} {{ {1} : meta mark }} {2}", number, flow, send));
  if (service.service.service.key.protocol == Protocol::Tcp) out.push_back(fmt::format("{} != syn meta mark set 0 return", kFlags));
  if (slots.count == 0) return out;
  out.push_back(fmt::format("meta mark != 0 delete @f{} {{ {} : meta mark }}", number, flow));  // its server is gone
  out.push_back(fmt::format("meta mark set {}", pick_text(service, slots)));
  out.push_back(fmt::format("update @f{0} {{ {1} : meta mark }} meta mark @n{0} meta mark @c{0} {2}", number, flow, send));
  return out;
}

std::vector<std::string> hashing_rules(const DirectService& service, const Slots& slots, const std::string& send) {
  const unsigned number = service.service.number;
  if (slots.count == 0) return {};
  std::vector<std::string> out{fmt::format("meta mark set {}", pick_text(service, slots))};
  if (service.service.service.key.protocol == Protocol::Tcp) out.push_back(fmt::format("{} == syn meta mark @n{}", kFlags, number));
  out.push_back(fmt::format("meta mark @c{} {}", number, send));
  return out;
}

}  // namespace

std::string empty_direct_table(const std::string& table) {
  std::string out = fmt::format("table netdev {} {{\n", table);
  for (const auto& [family, address] : {std::pair{"4", "ipv4_addr"}, std::pair{"6", "ipv6_addr"}}) {
    out += fmt::format("map by_port{} {{ type {} . inet_proto . inet_service : verdict; }}\n", family, address);
    out += fmt::format("map by_host{} {{ type {} . inet_proto : verdict; }}\n", family, address);
  }
  out += "chain balance {\nfib daddr type != local return\n"
         "ip daddr . meta l4proto . th dport vmap @by_port4\nip daddr . meta l4proto vmap @by_host4\n"
         "ip6 daddr . meta l4proto . th dport vmap @by_port6\nip6 daddr . meta l4proto vmap @by_host6\n}\n}\n";
  return out;
}

std::string direct_ingress(const std::string& table, const std::vector<std::string>& devices, bool again) {
  std::string names;
  for (const std::string& device : devices) names += (names.empty() ? "\"" : ", \"") + device + '"';
  std::string out = again ? fmt::format("flush chain netdev {0} ingress\ndelete chain netdev {0} ingress\n", table) : std::string{};
  out += fmt::format("add chain netdev {} ingress {{ type filter hook ingress devices = {{ {} }} priority -300; policy accept; }}\n", table, names);
  return out + fmt::format("add rule netdev {} ingress meta protocol {{ ip, ip6 }} jump balance\n", table);
}

std::string make_direct(const std::string& table, const DirectService& service) {
  const ServiceKey& key = service.service.service.key;
  const unsigned number = service.service.number;
  std::string out = fmt::format("add chain netdev {} d{}\n", table, number);
  if (remembers_flows(service))
    out += fmt::format("add map netdev {} f{} {{ type {} : mark; timeout {}s; size {}; flags dynamic, timeout; }}\n", table, number, flow_type(service),
                       flow_timeout(service), kMostFlows);
  out += fmt::format("add set netdev {0} n{1} {{ type mark; counter; }}\nadd set netdev {0} c{1} {{ type mark; counter; }}\n", table, number);
  out += fmt::format("add map netdev {} t{} {{ type mark : {}; }}\n", table, number, address_type(key));
  out += fmt::format("add element netdev {} {} {{ {} : goto d{} }}\n", table, set_name("by", key), service_key(key), number);
  return out;
}

std::string fill_direct(const std::string& table, const DirectService& service, const std::vector<std::uint32_t>& gone) {
  const Service& what = service.service.service;
  const unsigned number = service.service.number;
  const Slots slots = slots_of(service);
  std::string out = fmt::format("flush chain netdev {0} d{1}\nflush map netdev {0} t{1}\n", table, number);
  for (const std::uint32_t each : gone) out += fmt::format("delete element netdev {0} n{1} {{ {2} }}\ndelete element netdev {0} c{1} {{ {2} }}\n", table, number, each);
  for (std::size_t i = 0; i < service.numbers.size(); ++i)
    out += fmt::format("add element netdev {0} n{1} {{ {2} }}\nadd element netdev {0} c{1} {{ {2} }}\nadd element netdev {0} t{1} {{ {2} : {3} }}\n", table, number,
                       service.numbers[i], service.service.destinations[i].address.host());
  const auto rule = [&](const std::string& text) { out += fmt::format("add rule netdev {} d{} {}\n", table, number, text); };
  const std::string send = fmt::format("fwd {} to meta mark map @t{} device \"{}\"", ip_word(what.key), number, service.device);
  for (const std::string& text : remembers_flows(service) ? remembering_rules(service, slots, send) : hashing_rules(service, slots, send)) rule(text);
  rule(slots.count == 0 ? "reject with icmpx port-unreachable" : "meta mark set 0");
  return out;
}

std::string drop_direct(const std::string& table, const DirectService& service) {
  const ServiceKey& key = service.service.service.key;
  std::string out = fmt::format("delete element netdev {} {} {{ {} }}\n", table, set_name("by", key), service_key(key));
  out += fmt::format("flush chain netdev {0} d{1}\ndelete chain netdev {0} d{1}\n", table, service.service.number);
  out += fmt::format("delete set netdev {0} n{1}\ndelete set netdev {0} c{1}\ndelete map netdev {0} t{1}\n", table, service.service.number);
  if (remembers_flows(service)) out += fmt::format("delete map netdev {} f{}\n", table, service.service.number);
  return out;
}

}  // namespace checkerd::driver
