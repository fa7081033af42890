#include "checkerd/core/service.h"

#include <fmt/format.h>

#include <algorithm>

namespace checkerd {
namespace {

using parsers::keepalived::GroupEntry;
using Method = Forwarding::Method;

/// Eight bytes of an IPv6 address, from the `begin`th on.
std::uint64_t half(const Address& address, std::size_t begin) {
  std::uint64_t out = 0;
  for (std::size_t i = begin; i < begin + 8; ++i) out = out << 8U | address.ipv6_bits().s6_addr[i];
  return out;
}

/// How many addresses come after `first` up to `last`, at most `most`.
std::size_t distance(const Address& first, const Address& last, std::size_t most) {
  if (first.is_ipv4()) return std::min<std::size_t>(last.ipv4_bits() - first.ipv4_bits(), most);
  const std::uint64_t low = half(last, 8) - half(first, 8);
  const std::uint64_t borrowed = half(last, 8) < half(first, 8) ? 1 : 0;
  return half(last, 0) - half(first, 0) != borrowed ? most : std::min<std::size_t>(low, most);
}

Address plus(const Address& first, std::size_t count) {
  if (first.is_ipv4()) return Address::ipv4(first.ipv4_bits() + static_cast<std::uint32_t>(count), first.port());
  sockaddr_in6 raw{};
  raw.sin6_family = AF_INET6;
  raw.sin6_port = htons(first.port());
  raw.sin6_addr = first.ipv6_bits();
  for (std::size_t i = 16; i > 0 && count != 0; --i) {
    count += raw.sin6_addr.s6_addr[i - 1];
    raw.sin6_addr.s6_addr[i - 1] = static_cast<std::uint8_t>(count);
    count >>= 8U;
  }
  return Address::from_sockaddr(*static_cast<const sockaddr*>(static_cast<const void*>(&raw)), sizeof raw);
}

Service service_of(const VirtualServer& conf, const ServiceKey& key) {
  Service out;
  out.key = key;
  out.scheduler = conf.scheduler;
  out.scheduler_flags = conf.scheduler_flags;
  out.one_packet = conf.one_packet;
  out.persistence_timeout_s = conf.persistence_timeout_s;
  if (key.family == AF_INET) out.persistence_mask = conf.persistence_mask;
  else out.persistence_prefix = conf.persistence_prefix;
  out.persistence_engine = conf.persistence_engine;
  return out;
}

/// The families of a mark that says none.
std::vector<std::uint8_t> families_of(const VirtualServer& conf) {
  const auto any = [&](std::uint8_t family, bool tunnels) {
    return std::any_of(conf.real_servers.begin(), conf.real_servers.end(),
                       [&](const auto& each) { return each.address.family() == family && (each.forwarding.method == Method::Tunnel) == tunnels; });
  };
  std::vector<std::uint8_t> out;
  for (const std::uint8_t family : {std::uint8_t{AF_INET}, std::uint8_t{AF_INET6}})
    if (any(family, false)) out.push_back(family);
  if (!out.empty()) return out;
  return {any(AF_INET6, true) && !any(AF_INET, true) ? std::uint8_t{AF_INET6} : std::uint8_t{AF_INET}};
}

void add_mark(const VirtualServer& conf, std::uint32_t mark, std::uint8_t family, std::vector<Service>& out) {
  ServiceKey key;
  key.family = family;
  key.fwmark = mark;
  out.push_back(service_of(conf, key));
}

void add_address(const VirtualServer& conf, const Address& address, std::vector<Service>& out) {
  ServiceKey key;
  key.family = static_cast<std::uint8_t>(address.family());
  key.protocol = conf.protocol;
  key.address = address;
  out.push_back(service_of(conf, key));
}

void add_entry(const VirtualServer& conf, const GroupEntry& entry, std::vector<Service>& out) {
  if (entry.kind == GroupEntry::Kind::Addresses) {
    const std::size_t more = distance(entry.first, entry.last, kMostAddresses - 1);
    for (std::size_t i = 0; i <= more; ++i) add_address(conf, plus(entry.first, i), out);
    return;
  }
  if (entry.family != 0) return add_mark(conf, entry.fwmark, entry.family, out);
  for (const std::uint8_t family : families_of(conf)) add_mark(conf, entry.fwmark, family, out);
}

}  // namespace

std::vector<Service> services_of(const VirtualServer& conf, const std::vector<VirtualServerGroup>& groups) {
  std::vector<Service> out;
  switch (conf.kind) {
    case VirtualServer::Kind::Address: add_address(conf, conf.address, out); break;
    case VirtualServer::Kind::Fwmark: add_mark(conf, conf.fwmark, conf.family, out); break;
    case VirtualServer::Kind::Group:
      for (const GroupEntry& each : groups[conf.group].entries) add_entry(conf, each, out);
      break;
  }
  return out;
}

std::vector<std::string> cut_ranges(const VirtualServer& conf, const std::vector<VirtualServerGroup>& groups) {
  std::vector<std::string> out;
  if (conf.kind != VirtualServer::Kind::Group) return out;
  for (const GroupEntry& each : groups[conf.group].entries) {
    if (each.kind != GroupEntry::Kind::Addresses || distance(each.first, each.last, kMostAddresses) < kMostAddresses) continue;
    out.push_back(fmt::format("Virtual server group {}: range {}-{} is too long - only its first {} addresses are used", groups[conf.group].name, each.first.host(),
                              each.last.host(), kMostAddresses));
  }
  return out;
}

std::optional<Address> address_in(const ServiceKey& service, const Address& server, const Forwarding& forwarding) {
  if (server.family() != service.family && forwarding.method != Method::Tunnel) return std::nullopt;
  Address out = server;
  if (forwarding.method != Method::Nat) out.set_port(service.fwmark != 0 ? std::uint16_t{0} : service.address.port());
  return out;
}

}  // namespace checkerd
