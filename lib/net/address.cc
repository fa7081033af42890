#include "lib/net/address.h"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <net/if.h>

#include <array>
#include <cstring>

#include "lib/base/text.h"

namespace lib::net {

Address Address::from_sockaddr(const sockaddr& raw, socklen_t size) {
  Address address;
  if (raw.sa_family == AF_INET && size >= sizeof(sockaddr_in))
    std::memcpy(&address.storage_.v4, &raw, sizeof(sockaddr_in));
  else if (raw.sa_family == AF_INET6 && size >= sizeof(sockaddr_in6))
    std::memcpy(&address.storage_.v6, &raw, sizeof(sockaddr_in6));
  else
    address.storage_.any.sa_family = raw.sa_family;
  return address;
}

Address Address::ipv4(std::uint32_t host_order, std::uint16_t port) {
  Address address;
  address.storage_.v4.sin_family = AF_INET;
  address.storage_.v4.sin_addr.s_addr = htonl(host_order);
  address.storage_.v4.sin_port = htons(port);
  return address;
}

Address Address::any(sa_family_t family, std::uint16_t port) {
  if (family == AF_INET) return ipv4(0, port);
  Address address;
  address.storage_.v6.sin6_family = AF_INET6;
  address.storage_.v6.sin6_port = htons(port);
  return address;
}

std::optional<Address> Address::parse(std::string_view text) {
  std::array<char, 80> copy{};
  if (text.empty() || text.size() >= copy.size()) return std::nullopt;
  std::memcpy(copy.data(), text.data(), text.size());
  Address address;
  if (inet_pton(AF_INET, copy.data(), &address.storage_.v4.sin_addr) == 1) {
    address.storage_.v4.sin_family = AF_INET;
    return address;
  }
  unsigned scope = 0;
  if (char* percent = std::strchr(copy.data(), '%'); percent != nullptr) {
    *percent = 0;
    scope = if_nametoindex(percent + 1);
    if (scope == 0) return std::nullopt;
  }
  if (inet_pton(AF_INET6, copy.data(), &address.storage_.v6.sin6_addr) != 1) return std::nullopt;
  address.storage_.v6.sin6_family = AF_INET6;
  address.storage_.v6.sin6_scope_id = scope;
  return address;
}

bool Address::is_any() const {
  if (is_ipv4()) return storage_.v4.sin_addr.s_addr == 0;
  return is_ipv6() && IN6_IS_ADDR_UNSPECIFIED(&storage_.v6.sin6_addr);
}

std::uint16_t Address::port() const {
  if (is_ipv4()) return ntohs(storage_.v4.sin_port);
  return is_ipv6() ? ntohs(storage_.v6.sin6_port) : std::uint16_t{0};
}

void Address::set_port(std::uint16_t port) {
  if (is_ipv4()) storage_.v4.sin_port = htons(port);
  if (is_ipv6()) storage_.v6.sin6_port = htons(port);
}

socklen_t Address::raw_size() const {
  if (is_ipv4()) return sizeof(sockaddr_in);
  return is_ipv6() ? sizeof(sockaddr_in6) : sizeof(sa_family_t);
}

std::string Address::host() const {
  std::array<char, INET6_ADDRSTRLEN> buffer{};
  if (is_ipv4()) return inet_ntop(AF_INET, &storage_.v4.sin_addr, buffer.data(), buffer.size());
  if (is_ipv6()) return inet_ntop(AF_INET6, &storage_.v6.sin6_addr, buffer.data(), buffer.size());
  return family() == AF_UNIX ? "unix" : "-";
}

std::string Address::text() const {
  if (is_ipv4()) return fmt::format("{}:{}", host(), port());
  if (is_ipv6()) return fmt::format("[{}]:{}", host(), port());
  return host();
}

bool Address::same_host(const Address& other) const {
  if (family() != other.family()) return false;
  if (is_ipv4()) return storage_.v4.sin_addr.s_addr == other.storage_.v4.sin_addr.s_addr;
  return !is_ipv6() || std::memcmp(&storage_.v6.sin6_addr, &other.storage_.v6.sin6_addr, sizeof(in6_addr)) == 0;
}

bool Prefix::contains(const Address& host) const {
  if (host.family() != base.family()) return false;
  if (host.is_ipv4()) {
    const std::uint32_t mask = bits == 0 ? 0 : ~std::uint32_t{0} << (32 - bits);
    return ((host.ipv4_bits() ^ base.ipv4_bits()) & mask) == 0;
  }
  if (!host.is_ipv6()) return false;
  for (unsigned i = 0; i < bits; ++i) {
    const unsigned shift = 7 - i % 8;
    if (((host.ipv6_bits().s6_addr[i / 8] ^ base.ipv6_bits().s6_addr[i / 8]) >> shift & 1) != 0) return false;
  }
  return true;
}

std::optional<Prefix> Prefix::parse(std::string_view text) {
  const std::size_t slash = text.find('/');
  const auto base = Address::parse(text.substr(0, slash));
  if (!base) return std::nullopt;
  const unsigned width = base->is_ipv4() ? 32 : 128;
  if (slash == std::string_view::npos) return Prefix{*base, static_cast<std::uint8_t>(width)};
  const std::string_view mask = text.substr(slash + 1);
  if (const auto bits = lib::base::parse_number<unsigned>(mask); bits)
    return *bits <= width ? std::optional{Prefix{*base, static_cast<std::uint8_t>(*bits)}} : std::nullopt;
  const auto dotted = Address::parse(mask);
  if (!dotted || !dotted->is_ipv4() || !base->is_ipv4()) return std::nullopt;
  const std::uint32_t inverted = ~dotted->ipv4_bits();
  if ((inverted & (inverted + 1)) != 0) return std::nullopt;  // not a run of ones
  return Prefix{*base, static_cast<std::uint8_t>(__builtin_popcount(~inverted))};
}

std::string Endpoint::text() const {
  switch (kind) {
    case Kind::Ip: return ip.text();
    case Kind::UnixPath: return "unix@" + path;
    case Kind::UnixAbstract: return "abns@" + path;
    case Kind::InheritedFd: return fmt::format("fd@{}", inherited_fd);
  }
  return {};
}

}  // namespace lib::net
