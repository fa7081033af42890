#include "checkerd/driver/nft_rules.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>

namespace checkerd::driver {
namespace {

constexpr const char* kSeed = "0x54726961";    // fixed: a client keeps its server over changes and restarts
constexpr unsigned kMostClients = 262144;      // that one persistence map remembers

const char* protocol_word(const ServiceKey& key) { return parsers::keepalived::protocol_name(key.protocol); }
/// In keys: as nft lists it.
unsigned protocol_number(const ServiceKey& key) {
  switch (key.protocol) {
    case Protocol::Tcp: return 6;
    case Protocol::Udp: return 17;
    case Protocol::Sctp: return 132;
    case Protocol::None: break;
  }
  return 0;
}

bool is_v6(const ServiceKey& key) { return key.family == AF_INET6; }

/// The port that a server is reached at; 0: the one that the client called.
std::uint16_t server_port(const ServiceKey& key, const Destination& server) {
  if (style_of(key) != Style::Port) return 0;  // as IPVS: the client's port stays
  return server.address.port() != 0 ? server.address.port() : key.address.port();
}

/// nft reads ports only where it knows the protocol.
std::string protocol_match(const ServiceKey& key) { return key.protocol == Protocol::None ? "" : fmt::format("meta l4proto {} ", protocol_word(key)); }

std::string mask_text(const Service& service) {
  if (!is_v6(service.key)) return Address::ipv4(service.persistence_mask).host();
  sockaddr_in6 raw{};
  raw.sin6_family = AF_INET6;
  for (unsigned bit = 0; bit < service.persistence_prefix && bit < 128; ++bit)
    raw.sin6_addr.s6_addr[bit / 8] = static_cast<std::uint8_t>(raw.sin6_addr.s6_addr[bit / 8] | 0x80U >> bit % 8);
  return Address::from_sockaddr(*static_cast<const sockaddr*>(static_cast<const void*>(&raw)), sizeof raw).host();
}

/// "10.1.0.11:80", "[fd00::11]:80", "10.1.0.11": where one server's packets go.
std::string target_text(const ServiceKey& key, const Destination& server) {
  const std::uint16_t port = server_port(key, server);
  if (port == 0) return server.address.host();
  return is_v6(key) ? fmt::format("[{}]:{}", server.address.host(), port) : fmt::format("{}:{}", server.address.host(), port);
}

std::string choose_rule(const NftService& service) {
  const ServiceKey& key = service.service.key;
  const Slots slots = make_slots(service.service, service.destinations);
  // As IPVS answers where no server is left.
  if (slots.count == 0) return "reject with icmpx port-unreachable";
  const std::string to = fmt::format("{}dnat {} to ", protocol_match(key), ip_word(key));
  if (slots.ranges.size() == 1) return to + target_text(key, service.destinations[slots.ranges.front().server]);
  std::string map;
  for (const Slots::Range& range : slots.ranges) {
    if (!map.empty()) map += ", ";
    map += range.first == range.last ? std::to_string(range.first) : fmt::format("{}-{}", range.first, range.last);
    map += " : " + server_key(key, service.destinations[range.server]);
  }
  return fmt::format("{}{} map {{ {} }}", to, draw_expression(service.service, slots), map);
}


/// The rules of one direction (or of new connections) for all styles.
std::string count_rules(const char* what, bool accepts) {
  const bool is_new = std::strcmp(what, "new") == 0;
  const bool is_out = std::strcmp(what, "out") == 0;
  std::string out;
  for (const char* family : {"4", "6"}) {
    const char* ip = *family == '6' ? "ip6" : "ip";
    const std::string called = fmt::format("ct original {} daddr . meta l4proto", ip);
    const std::string server = is_new ? fmt::format("{} daddr", ip) : fmt::format("ct reply {} saddr", ip);
    const char* port = is_new ? "th dport" : "ct reply proto-src";
    const char* verdict = accepts ? " accept" : "";
    for (const char* protocol : {"tcp", "udp", "sctp"})
      out += fmt::format("meta l4proto {} {} . ct original proto-dst . {} . {} @{}_port{}{}\n", protocol, called, server, port, what, family, verdict);
    out += fmt::format("{} . {} @{}_host{}{}\n", called, server, what, family, verdict);
    // Replies carry no mark.
    out += is_out ? fmt::format("{} @out_mark{}{}\n", server, family, verdict) : fmt::format("meta mark . {} @{}_mark{}{}\n", server, what, family, verdict);
  }
  return out;
}

std::string sets_of(const char* family, const char* address) {
  std::string out;
  const std::string port = fmt::format("{} . inet_proto . inet_service", address), host = fmt::format("{} . inet_proto", address);
  for (const char* map : {"by", "learn"}) {
    out += fmt::format("map {}_port{} {{ type {} : verdict; }}\n", map, family, port);
    out += fmt::format("map {}_host{} {{ type {} : verdict; }}\n", map, family, host);
    out += fmt::format("map {}_mark{} {{ type mark : verdict; }}\n", map, family);
  }
  for (const char* what : {"new", "in", "out"}) {
    out += fmt::format("set {}_port{} {{ type {} . {} . inet_service; counter; }}\n", what, family, port, address);
    out += fmt::format("set {}_host{} {{ type {} . {}; counter; }}\n", what, family, host, address);
    out += fmt::format("set {}_mark{} {{ type {}{}; counter; }}\n", what, family, std::strcmp(what, "out") == 0 ? "" : "mark . ", address);
  }
  return out;
}

}  // namespace

Style style_of(const ServiceKey& key) {
  if (key.fwmark != 0) return Style::Mark;
  return key.address.port() == 0 ? Style::Host : Style::Port;
}

bool NftService::is_direct() const {
  return !destinations.empty() && destinations.front().forwarding.method == Forwarding::Method::Direct;
}

const char* ip_word(const ServiceKey& key) { return is_v6(key) ? "ip6" : "ip"; }
const char* address_type(const ServiceKey& key) { return is_v6(key) ? "ipv6_addr" : "ipv4_addr"; }

std::string set_name(const char* what, const ServiceKey& key) {
  const Style style = style_of(key);
  return fmt::format("{}_{}{}", what, style == Style::Port ? "port" : style == Style::Host ? "host" : "mark", is_v6(key) ? '6' : '4');
}

std::string service_key(const ServiceKey& key) {
  switch (style_of(key)) {
    case Style::Port: return fmt::format("{} . {} . {}", key.address.host(), protocol_number(key), key.address.port());
    case Style::Host: return fmt::format("{} . {}", key.address.host(), protocol_number(key));
    case Style::Mark: break;
  }
  return fmt::format("0x{:08x}", key.fwmark);
}

std::string server_key(const ServiceKey& key, const Destination& server) {
  const std::uint16_t port = server_port(key, server);
  return port == 0 ? server.address.host() : fmt::format("{} . {}", server.address.host(), port);
}

// libnftables 1.0.6 aborts on a rule that writes an IPv6 address and a port into a map.
bool remembers_port(const ServiceKey& key) { return style_of(key) == Style::Port && !is_v6(key); }

std::string remembered_key(const ServiceKey& key, const Destination& server) { return remembers_port(key) ? server_key(key, server) : server.address.host(); }

bool has_one_port(const NftService& service) {
  const auto port = [&](const Destination& each) { return server_port(service.service.key, each); };
  return std::all_of(service.destinations.begin(), service.destinations.end(), [&](const Destination& each) { return port(each) == port(service.destinations.front()); });
}

std::vector<Element> counter_elements(const ServiceKey& key, const Destination& server) {
  const Style style = style_of(key);
  // Services of any port count by the server's address.
  const std::string name = style == Style::Port ? server_key(key, server) : server.address.host();
  const std::string whole = service_key(key) + " . " + name;
  // Replies carry no mark: a server of several marked services has its replies counted once for all.
  return {{set_name("new", key), whole}, {set_name("in", key), whole}, {set_name("out", key), style == Style::Mark ? name : whole}};
}

std::string client_expression(const Service& service) {
  const std::string client = fmt::format("{} saddr", ip_word(service.key));
  const bool is_whole = is_v6(service.key) ? service.persistence_prefix >= 128 : service.persistence_mask == 0xffffffff;
  return is_whole ? client : fmt::format("{} & {}", client, mask_text(service));
}

std::string draw_expression(const Service& service, const Slots& slots) {
  const char* ip = ip_word(service.key);
  switch (slots.draw) {
    case Draw::Turn: return fmt::format("numgen inc mod {}", slots.count);
    case Draw::Random: return fmt::format("numgen random mod {}", slots.count);
    case Draw::Source: return fmt::format("jhash {} saddr mod {} seed {}", ip, slots.count, kSeed);
    case Draw::SourceAndPort: return fmt::format("jhash {} saddr . th sport mod {} seed {}", ip, slots.count, kSeed);
    case Draw::Destination: break;
  }
  return fmt::format("jhash {} daddr mod {} seed {}", ip, slots.count, kSeed);
}

std::string empty_table(const std::string& table) {
  std::string out = fmt::format("table inet {} {{\n", table);
  out += sets_of("4", "ipv4_addr") + sets_of("6", "ipv6_addr");
  // IPVS, too, looks for the mark first, then for the port, then for services of any port; and takes only what is addressed to this host.
  out += "chain balance {\n"
         "meta nfproto ipv4 meta mark vmap @by_mark4\nmeta nfproto ipv6 meta mark vmap @by_mark6\n"
         "fib daddr type != local return\n"
         "ip daddr . meta l4proto . th dport vmap @by_port4\nip daddr . meta l4proto vmap @by_host4\n"
         "ip6 daddr . meta l4proto . th dport vmap @by_port6\nip6 daddr . meta l4proto vmap @by_host6\n}\n";
  out += "chain from_outside { type nat hook prerouting priority -100; policy accept; jump balance; }\n"
         "chain from_here { type nat hook output priority -100; policy accept; jump balance; }\n";
  // A chain of type nat sees the first packet of each connection only.
  out += "chain learn { type nat hook postrouting priority 99; policy accept;\nct status dnat jump learn_it\n}\nchain learn_it {\n";
  out += count_rules("new", false);
  for (const char* family : {"4", "6"}) {
    const char* ip = *family == '6' ? "ip6" : "ip";
    out += fmt::format("meta nfproto ipv{} meta mark vmap @learn_mark{}\n", family, family);
    for (const char* protocol : {"tcp", "udp", "sctp"})
      out += fmt::format("meta l4proto {} ct original {} daddr . meta l4proto . ct original proto-dst vmap @learn_port{}\n", protocol, ip, family);
    out += fmt::format("ct original {} daddr . meta l4proto vmap @learn_host{}\n", ip, family);
  }
  out += "}\nchain count_in {\n" + count_rules("in", true) + "}\nchain count_out {\n" + count_rules("out", true) + "}\n";
  for (const char* hook : {"prerouting", "output"})
    out += fmt::format("chain count_{0} {{ type filter hook {0} priority -99; policy accept;\n"
                       "ct status dnat ct direction vmap {{ original : goto count_in, reply : goto count_out }}\n}}\n", hook);
  return out + "}\n";
}

std::string make_service(const std::string& table, const NftService& service) {
  const Service& what = service.service;
  std::string out = fmt::format("add chain inet {} s{}\n", table, service.number);
  if (what.persistence_timeout_s != 0) {
    const bool ports = remembers_port(what.key);
    out += fmt::format("add map inet {} p{} {{ type {} : {}{}; timeout {}s; size {}; flags dynamic, timeout; }}\n", table, service.number,
                       address_type(what.key), address_type(what.key), ports ? " . inet_service" : "", what.persistence_timeout_s, kMostClients);
    out += fmt::format("add chain inet {} l{}\n", table, service.number);
    out += fmt::format("add rule inet {} l{} update @p{} {{ {} : {} daddr{} }}\n", table, service.number, service.number, client_expression(what),
                       ip_word(what.key), ports ? " . th dport" : "");
    out += fmt::format("add element inet {} {} {{ {} : goto l{} }}\n", table, set_name("learn", what.key), service_key(what.key), service.number);
  }
  out += fmt::format("add element inet {} {} {{ {} : goto s{} }}\n", table, set_name("by", what.key), service_key(what.key), service.number);
  return out;
}

std::string fill_service(const std::string& table, const NftService& service) {
  const Service& what = service.service;
  std::string out = fmt::format("flush chain inet {} s{}\n", table, service.number);
  const auto rule = [&](const std::string& text) { out += fmt::format("add rule inet {} s{} {}\n", table, service.number, text); };
  if (service.is_direct()) {
    rule("accept");  // forwarded before it came here; what did come is for this host
    return out;
  }
  if (what.persistence_timeout_s != 0 && !service.destinations.empty()) {
    const std::uint16_t port = remembers_port(what.key) ? std::uint16_t{0} : server_port(what.key, service.destinations.front());
    rule(fmt::format("{}dnat {} to {} map @p{}{}", protocol_match(what.key), ip_word(what.key), client_expression(what), service.number,
                     port != 0 ? fmt::format(" : {}", port) : std::string{}));
  }
  rule(choose_rule(service));
  return out;
}

std::string drop_service(const std::string& table, const NftService& service) {
  const Service& what = service.service;
  std::string out = fmt::format("delete element inet {} {} {{ {} }}\n", table, set_name("by", what.key), service_key(what.key));
  out += fmt::format("flush chain inet {0} s{1}\ndelete chain inet {0} s{1}\n", table, service.number);
  if (what.persistence_timeout_s != 0) {
    out += fmt::format("delete element inet {} {} {{ {} }}\n", table, set_name("learn", what.key), service_key(what.key));
    out += fmt::format("flush chain inet {0} l{1}\ndelete chain inet {0} l{1}\ndelete map inet {0} p{1}\n", table, service.number);
  }
  return out;
}

}  // namespace checkerd::driver
