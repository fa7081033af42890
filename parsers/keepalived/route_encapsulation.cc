#include "parsers/keepalived/route_encapsulation.h"

#include "lib/base/text.h"

namespace parsers::keepalived {
namespace {

constexpr std::uint32_t kMostLabel = (1U << 20) - 1;  // RFC 3032 section 2.1
constexpr std::size_t kMostLabels = 8;
constexpr std::int64_t kMostId = 4294967295;

struct Tunnel {
  LineWords& words;
  RouteEncapsulation& to;
};

void read_tunnel_address(Tunnel& tunnel, std::optional<Address>& to) {
  const auto address = Address::parse(tunnel.words.word());
  const int family = tunnel.to.kind == RouteEncapsulation::Kind::Ip6 ? AF_INET6 : AF_INET;
  if (address && address->family() == family) to = *address;
  else tunnel.words.fail("invalid " + tunnel.words.in.text(tunnel.words.at - 1) + ' ' + tunnel.words.text() + " for encapsulation");
}

void read_byte(Tunnel& tunnel, const char* what, std::uint8_t& to) {
  if (const auto value = tunnel.words.in.number(tunnel.words.at, 0, 255)) to = static_cast<std::uint8_t>(*value);
  else tunnel.words.fail(std::string{what} + ' ' + tunnel.words.text() + " not valid for ip encapsulation");
}

void read_id(Tunnel& tunnel) {
  if (const auto value = tunnel.words.in.number(tunnel.words.at, 0, kMostId)) tunnel.to.id = static_cast<std::uint64_t>(*value);
  else tunnel.words.fail("id " + tunnel.words.text() + " not valid for ip encapsulation");
}

void read_tos(Tunnel& tunnel) {
  const auto value = tunnel.words.in.find_route_name("rt_dsfield", tunnel.words.word());
  if (value && *value <= 255) tunnel.to.tos = static_cast<std::uint8_t>(*value);
  else tunnel.words.fail("dsfield " + tunnel.words.text() + " not valid for ip encapsulation");
}

struct TunnelWord {
  std::string_view name;
  void (*read)(Tunnel& tunnel);
};
constexpr auto kIpWords = std::to_array<TunnelWord>({
    {"id", &read_id},
    {"dst", [](Tunnel& tunnel) { read_tunnel_address(tunnel, tunnel.to.destination); }},
    {"src", [](Tunnel& tunnel) { read_tunnel_address(tunnel, tunnel.to.source); }},
    {"tos", &read_tos},
    {"dsfield", &read_tos},
    {"ttl", [](Tunnel& tunnel) { read_byte(tunnel, "ttl", tunnel.to.ttl); }},
});
constexpr auto kIp6Words = std::to_array<TunnelWord>({
    {"id", &read_id},
    {"dst", [](Tunnel& tunnel) { read_tunnel_address(tunnel, tunnel.to.destination); }},
    {"src", [](Tunnel& tunnel) { read_tunnel_address(tunnel, tunnel.to.source); }},
    {"tc", &read_tos},
    {"hoplimit", [](Tunnel& tunnel) { read_byte(tunnel, "hoplimit", tunnel.to.ttl); }},
});

/// Words of the tunnel as long as there are any: the first other one belongs to the route again.
void read_tunnel(LineWords& words, RouteEncapsulation& to, std::span<const TunnelWord> known) {
  Tunnel tunnel{words, to};
  while (words.good && words.at + 1 < words.in.size()) {
    const std::string_view next = words.in.word(words.at + 1);
    const TunnelWord* found = nullptr;
    for (const TunnelWord& each : known)
      if (each.name == next) found = &each;
    if (found == nullptr) return;
    ++words.at;
    if (words.take_value()) found->read(tunnel);
  }
}

/// 100/200: labels, the outermost first.
void read_labels(LineWords& words, RouteEncapsulation& to) {
  if (words.at + 1 >= words.in.size()) return words.fail("missing address for MPLS encapsulation");
  ++words.at;
  for (const std::string_view label : lib::base::split(words.word(), '/')) {
    const auto value = lib::base::parse_number<std::uint32_t>(label);
    if (!value || *value > kMostLabel || to.labels.size() == kMostLabels) return words.fail("invalid mpls address " + words.text() + " for encapsulation");
    to.labels.push_back(*value);
  }
}

/// Four groups of 16 bits in hexadecimal.
void read_locator(LineWords& words, RouteEncapsulation& to) {
  if (words.at + 1 >= words.in.size()) return words.fail("missing locator for ILA encapsulation");
  ++words.at;
  const auto groups = lib::base::split(words.word(), ':');
  for (const std::string_view group : groups) {
    std::uint16_t value = 0;
    const auto [end, fault] = std::from_chars(group.data(), group.data() + group.size(), value, 16);
    if (fault != std::errc{} || end != group.data() + group.size() || groups.size() != 4) return words.fail("invalid locator " + words.text() + " for ila encapsulation");
    to.locator = to.locator << 16 | value;
  }
}

}  // namespace

RouteEncapsulation read_encapsulation(LineWords& words) {
  using Kind = RouteEncapsulation::Kind;
  RouteEncapsulation out;
  if (!words.take_value()) return out;
  const std::string_view kind = words.word();
  if (kind == "mpls") {
    out.kind = Kind::Mpls;
    read_labels(words, out);
  } else if (kind == "ip") {
    out.kind = Kind::Ip;
    read_tunnel(words, out, kIpWords);
  } else if (kind == "ip6") {
    out.kind = Kind::Ip6;
    read_tunnel(words, out, kIp6Words);
  } else if (kind == "ila") {
    out.kind = Kind::Ila;
    read_locator(words, out);
  } else {
    words.fail("Unknown encap type - " + words.text());
  }
  return out;
}

}  // namespace parsers::keepalived
