#include "lib/probe/host_addresses.h"

#include <algorithm>

#include "lib/base/text.h"
#include "lib/probe/dns.h"

namespace lib::probe {
namespace {

constexpr std::uint16_t kTypeA = 1, kTypeAaaa = 28, kClassIn = 1, kDnsPort = 53;
constexpr std::size_t kHead = 12, kMostServers = 3;

std::string_view next_line(std::string_view& text) {
  const std::string_view line = text.substr(0, text.find('\n'));
  text.remove_prefix(std::min(text.size(), line.size() + 1));
  return line.substr(0, line.find('#'));
}

std::string_view next_word(std::string_view& line) {
  const auto is_blank = [](char c) { return c == ' ' || c == '\t' || c == '\r'; };
  while (!line.empty() && is_blank(line.front())) line.remove_prefix(1);
  std::size_t size = 0;
  while (size < line.size() && !is_blank(line[size])) ++size;
  const std::string_view word = line.substr(0, size);
  line.remove_prefix(size);
  return word;
}

void skip_name(base::ByteReader& in) {
  while (in.complete()) {
    const std::uint8_t size = in.u8();
    if (size == 0) return;
    if (size >= 0xc0) return (void)in.u8();  // the rest of a pointer to a name
    (void)in.take(size);
  }
}

std::optional<net::Address> address_of(std::uint16_t type, base::Bytes data) {
  if (type == kTypeA && data.size() == 4) {
    base::ByteReader in{data};
    return net::Address::ipv4(in.u32());
  }
  if (type != kTypeAaaa || data.size() != 16) return std::nullopt;
  sockaddr_in6 raw{};
  raw.sin6_family = AF_INET6;
  std::copy(data.begin(), data.end(), raw.sin6_addr.s6_addr);
  return net::Address::from_sockaddr(*static_cast<const sockaddr*>(static_cast<const void*>(&raw)), sizeof raw);
}

}  // namespace

std::vector<net::Address> read_name_servers(std::string_view resolv_conf) {
  std::vector<net::Address> servers;
  while (!resolv_conf.empty() && servers.size() < kMostServers) {
    std::string_view line = next_line(resolv_conf);
    if (next_word(line) != "nameserver") continue;
    auto address = net::Address::parse(next_word(line));
    if (!address) continue;
    address->set_port(kDnsPort);
    servers.push_back(*address);
  }
  return servers;
}

std::optional<net::Address> find_known_host(std::string_view hosts, std::string_view name) {
  if (const auto number = net::Address::parse(name)) return number;
  while (!hosts.empty()) {
    std::string_view line = next_line(hosts);
    const std::string_view number = next_word(line);
    for (std::string_view each = next_word(line); !each.empty(); each = next_word(line)) {
      if (!base::equal_ignoring_case(each, name)) continue;
      if (const auto address = net::Address::parse(number)) return address;
    }
  }
  if (base::equal_ignoring_case(name, "localhost")) return net::Address::ipv4(INADDR_LOOPBACK);  // RFC 6761 section 6.3
  return std::nullopt;
}

std::optional<std::vector<net::Address>> decode_dns_addresses(base::Bytes query, base::Bytes datagram) {
  const auto head = decode_dns_answer(datagram);
  if (!head || head->code != 0 || datagram.size() < query.size() || query.size() < kHead) return std::nullopt;
  const base::Bytes asked = query.subspan(kHead), repeated = datagram.subspan(kHead, asked.size());
  if (datagram[4] != 0 || datagram[5] != 1 || !std::equal(asked.begin(), asked.end(), repeated.begin())) return std::nullopt;
  std::vector<net::Address> found;
  base::ByteReader in{datagram.subspan(query.size())};
  for (std::uint16_t left = head->answers; left > 0 && in.complete(); --left) {
    skip_name(in);
    const std::uint16_t type = in.u16(), kind = in.u16();
    (void)in.u32();  // how long it may be kept
    const base::Bytes data = in.take(in.u16());
    if (!in.complete() || kind != kClassIn) continue;
    if (const auto address = address_of(type, data)) found.push_back(*address);
  }
  return found;
}

}  // namespace lib::probe
