// Addresses of hosts and where sockets bind or connect: IPv4, IPv6, UNIX paths, inherited descriptors.
#pragma once

#include <netinet/in.h>
#include <sys/socket.h>

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace lib::net {

/// A host and port, 28 bytes. AF_UNSPEC until set; AF_UNIX says only "a local peer".
class Address {
 public:
  Address() { storage_.any.sa_family = AF_UNSPEC; }
  static Address from_sockaddr(const sockaddr& raw, socklen_t size);
  static Address ipv4(std::uint32_t host_order, std::uint16_t port = 0);
  static Address any(sa_family_t family, std::uint16_t port = 0);
  /// A numeric IPv4 or IPv6 address without a port (`fe80::1%eth0` too); no name lookups.
  static std::optional<Address> parse(std::string_view text);

  sa_family_t family() const { return storage_.any.sa_family; }
  bool is_ipv4() const { return family() == AF_INET; }
  bool is_ipv6() const { return family() == AF_INET6; }
  bool is_ip() const { return is_ipv4() || is_ipv6(); }
  bool is_any() const;  ///< 0.0.0.0 or ::
  std::uint16_t port() const;
  void set_port(std::uint16_t port);
  /// IPv4 in host order; 0 for others.
  std::uint32_t ipv4_bits() const { return is_ipv4() ? ntohl(storage_.v4.sin_addr.s_addr) : 0; }
  const in6_addr& ipv6_bits() const { return storage_.v6.sin6_addr; }

  const sockaddr* raw() const { return &storage_.any; }
  socklen_t raw_size() const;
  /// "127.0.0.1", "::1", "unix".
  std::string host() const;
  /// "127.0.0.1:80", "[::1]:80", "unix".
  std::string text() const;
  bool same_host(const Address& other) const;
  bool operator==(const Address& other) const { return same_host(other) && port() == other.port(); }

 private:
  union {
    sockaddr any;
    sockaddr_in v4;
    sockaddr_in6 v6;
  } storage_{};
};

/// An address with a mask length.
struct Prefix {
  Address base;
  std::uint8_t bits = 0;
  bool contains(const Address& host) const;
  /// "10.0.0.0/8", "10.0.0.0/255.0.0.0", "::1/128"; without a mask the whole address.
  static std::optional<Prefix> parse(std::string_view text);
};

/// Where a socket binds or connects, as a configuration can say it.
struct Endpoint {
  enum class Kind : std::uint8_t { Ip, UnixPath, UnixAbstract, InheritedFd };
  Kind kind = Kind::Ip;
  Address ip;             // Kind::Ip
  std::string path;       // UNIX kinds
  int inherited_fd = -1;  // InheritedFd
  std::string text() const;
  bool operator==(const Endpoint&) const = default;
};

}  // namespace lib::net
