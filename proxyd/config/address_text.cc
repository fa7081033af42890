#include "proxyd/config/address_text.h"

#include <fmt/format.h>
#include <netdb.h>
#include <sys/un.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <memory>

#include "lib/base/outside.h"
#include "lib/base/text.h"
#include "proxyd/config/number_text.h"

namespace proxyd::config {

namespace {

using lib::base::failure;
using lib::base::Result;
using lib::net::Address;
using lib::net::Endpoint;

/// A prefix before '@' (or after "stream+" and "dgram+").
struct Family {
  std::string_view prefix;
  Endpoint::Kind kind;
  sa_family_t family;
  bool stream, datagram;
};
constexpr auto kFamilies = std::to_array<Family>({
    {"ipv4@", Endpoint::Kind::Ip, AF_INET, true, true},
    {"ipv6@", Endpoint::Kind::Ip, AF_INET6, true, true},
    {"tcp@", Endpoint::Kind::Ip, AF_UNSPEC, true, false},
    {"tcp4@", Endpoint::Kind::Ip, AF_INET, true, false},
    {"tcp6@", Endpoint::Kind::Ip, AF_INET6, true, false},
    {"udp@", Endpoint::Kind::Ip, AF_UNSPEC, false, true},
    {"udp4@", Endpoint::Kind::Ip, AF_INET, false, true},
    {"udp6@", Endpoint::Kind::Ip, AF_INET6, false, true},
    {"unix@", Endpoint::Kind::UnixPath, AF_UNIX, true, true},
    {"uxst@", Endpoint::Kind::UnixPath, AF_UNIX, true, false},
    {"uxdg@", Endpoint::Kind::UnixPath, AF_UNIX, false, true},
    {"abns@", Endpoint::Kind::UnixAbstract, AF_UNIX, true, true},
    {"fd@", Endpoint::Kind::InheritedFd, AF_UNSPEC, true, true},
});
/// Forms of the original that are not built: refused by name, not as a strange host.
constexpr auto kKnownOnly = std::to_array<std::string_view>(
    {"sockpair@", "quic4@", "quic6@", "mptcp@", "mptcp4@", "mptcp6@", "abnsz@", "rhttp@"});

Result<AddressText> parse_path(std::string_view path, Endpoint::Kind kind, std::string_view text) {
  if (path.size() >= sizeof(sockaddr_un{}.sun_path) - 1)
    return failure(fmt::format("socket path '{}' too long (max {})", text,
                               sizeof(sockaddr_un{}.sun_path) - 2));
  AddressText result;
  result.where.kind = kind;
  result.where.path = path;
  result.family = AF_UNIX;
  return result;
}

Result<AddressText> parse_fd(std::string_view number, std::string_view text,
                             const AddressRules& rules) {
  if (!rules.inherited_fd_allowed)
    return failure(fmt::format("a file descriptor is not acceptable here in '{}'", text));
  const auto fd = lib::base::parse_number<int>(number);
  if (!fd.has_value() || *fd < 0)
    return failure(
        fmt::format("file descriptor '{}' is not a valid integer in '{}'", number, text));
  if (!rules.datagram) {
    int type = 0;
    socklen_t size = sizeof type;
    if (getsockopt(*fd, SOL_SOCKET, SO_TYPE, &type, &size) != 0)
      return failure(
          fmt::format("cannot use file descriptor '{}' : {}.", number, std::strerror(errno)),
          errno);
  }
  AddressText result;
  result.where.kind = Endpoint::Kind::InheritedFd;
  result.where.inherited_fd = *fd;
  return result;
}

/// Splits off the port: after the last ':' outside brackets. False when there is none.
bool split_port(std::string_view& host, std::string_view& port) {
  const std::size_t bracket = host.rfind(']');
  const std::size_t colon = host.rfind(':');
  if (colon == std::string_view::npos || (bracket != std::string_view::npos && colon < bracket))
    return false;
  port = host.substr(colon + 1);
  host = host.substr(0, colon);
  return true;
}

/// One port number of a text that may hold two; an empty error means fine.
std::string read_port(std::string_view digits, std::string_view whole, std::string_view text,
                      bool zero_allowed, std::uint16_t& port) {
  for (const char c : digits)
    if (!lib::base::is_digit(c))
      return fmt::format("invalid character '{}' in port number '{}' in '{}'", c, whole, text);
  const std::int64_t number = leading_number(digits);
  if (number > 65535 || (number == 0 && !zero_allowed))
    return fmt::format("invalid port '{}'", digits);
  port = static_cast<std::uint16_t>(number);
  return {};
}

std::string read_ports(std::string_view port, std::string_view text, const AddressRules& rules,
                       AddressText& result, std::uint16_t& low) {
  result.has_port = !port.empty();
  if (port.empty())
    return rules.port_required ? fmt::format("missing port specification in '{}'", text)
                               : std::string{};
  if (!rules.port_allowed)
    return fmt::format("port specification not permitted here in '{}'", text);
  if (port.front() == '+' || port.front() == '-') {
    if (!rules.offset_allowed) return fmt::format("port offset not permitted here in '{}'", text);
    std::uint16_t distance = 0;
    std::string fault = read_port(port.substr(1), port, text, true, distance);
    result.is_offset = true;
    result.offset = port.front() == '-' ? -static_cast<std::int32_t>(distance) : distance;
    return fault;
  }
  const std::size_t dash = port.find('-');
  if (dash == std::string_view::npos) {
    std::string fault = read_port(port, port, text, rules.zero_port_allowed, low);
    result.high_port = low;
    return fault;
  }
  if (!rules.range_allowed) return fmt::format("port range not permitted here in '{}'", text);
  if (std::string fault = read_port(port.substr(0, dash), port, text, false, low); !fault.empty())
    return fault;
  if (std::string fault = read_port(port.substr(dash + 1), port, text, false, result.high_port);
      !fault.empty())
    return fault;
  return low > result.high_port ? fmt::format("invalid port range '{}'", port) : std::string{};
}

/// Fills in the host part, or leaves a name in `hostname`.
std::string read_host(std::string_view host, std::string_view shown, std::string_view text,
                      const AddressRules& rules, AddressText& result) {
  std::string_view bare = host;
  if (bare.size() >= 2 && bare.front() == '[' && bare.back() == ']')
    bare = bare.substr(1, bare.size() - 2);
  if (bare.empty() || bare == "*") {
    result.where.ip = Address::any(result.family == AF_INET6 ? AF_INET6 : AF_INET);
    return {};
  }
  if (const auto numeric = Address::parse(bare)) {
    if (result.family == AF_UNSPEC || result.family == numeric->family()) {
      result.where.ip = *numeric;
      return {};
    }
    if (!rules.resolve) result.hostname = bare;
    return rules.resolve ? fmt::format("invalid address: '{}' in '{}'", bare, text) : std::string{};
  }
  if (!rules.resolve) {
    result.hostname = bare;
    return {};
  }
  if (const auto found = resolve_host(bare, result.family)) {
    result.where.ip = *found;
    return {};
  }
  return fmt::format("invalid address: '{}' in '{}'", shown, text);
}

}  // namespace

namespace {

/// The first address that the system knows, as the bytes that the kernel takes.
template <sa_family_t Family>
lib::base::OutsideAnswer ask_resolver(const std::string& name) {
  addrinfo hints{};
  hints.ai_family = Family;
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  if (getaddrinfo(name.c_str(), nullptr, &hints, &found) != 0) return std::nullopt;
  const std::unique_ptr<addrinfo, decltype([](addrinfo* list) { freeaddrinfo(list); })> owner{
      found};
  for (const addrinfo* each = found; each != nullptr; each = each->ai_next) {
    if (each->ai_family != AF_INET && each->ai_family != AF_INET6) continue;
    std::string bytes(each->ai_addrlen, '\0');
    std::memcpy(bytes.data(), each->ai_addr, each->ai_addrlen);
    return bytes;
  }
  return std::nullopt;
}

}  // namespace

std::optional<Address> resolve_host(std::string_view name, sa_family_t family) {
  const auto ask = family == AF_INET ? ask_resolver<AF_INET> : family == AF_INET6 ? ask_resolver<AF_INET6> : ask_resolver<AF_UNSPEC>;
  const std::string question = std::string{name};
  lib::base::OutsideAnswer bytes = family == AF_UNSPEC ? lib::base::ask_outside(lib::base::Outside::Host, question, ask)
                                   : family == AF_INET ? lib::base::ask_outside(lib::base::Outside::Host4, question, ask)
                                                       : lib::base::ask_outside(lib::base::Outside::Host6, question, ask);
  sockaddr_storage raw{};
  if (!bytes || bytes->size() > sizeof raw) return std::nullopt;
  std::memcpy(&raw, bytes->data(), bytes->size());
  return Address::from_sockaddr(*static_cast<const sockaddr*>(static_cast<const void*>(&raw)), static_cast<socklen_t>(bytes->size()));
}

namespace {

bool is_name_character(char c) {
  const char lower = lib::base::to_lower(c);
  return lib::base::is_digit(c) || c == '_' || (lower >= 'a' && lower <= 'z');
}

/// "$NAME" and "${NAME}" replaced; what is not set is empty.
std::string expand(std::string_view text, const parsers::haproxy::Environment& environment) {
  std::string out;
  while (!text.empty()) {
    const std::size_t dollar = text.find('$');
    out += text.substr(0, dollar);
    if (dollar == std::string_view::npos) break;
    text.remove_prefix(dollar + 1);
    const bool braced = text.starts_with('{');
    if (braced) text.remove_prefix(1);
    std::size_t size = 0;
    while (size < text.size() && is_name_character(text[size])) ++size;
    const auto found = environment.find(std::string{text.substr(0, size)});
    if (found != environment.end()) out += found->second;
    text.remove_prefix(size);
    if (braced && text.starts_with('}')) text.remove_prefix(1);
  }
  return out;
}

Result<AddressText> parse_expanded(std::string_view rest, std::string_view text, const AddressRules& rules) {
  bool stream = !rules.datagram;
  if (rest.starts_with("stream+") || rest.starts_with("dgram+")) {
    stream = rest.front() == 's';
    rest.remove_prefix(stream ? 7 : 6);
  }
  for (const std::string_view each : kKnownOnly)
    if (rest.starts_with(each))
      return failure(fmt::format(
          "'{}' is known but not built yet in this version of proxyd in '{}'", each, text));
  const Family* family = nullptr;
  for (const Family& each : kFamilies)
    if (rest.starts_with(each.prefix)) family = &each;
  if (family != nullptr) {
    rest.remove_prefix(family->prefix.size());
    if (!family->datagram) stream = true;
    if (!family->stream) stream = false;
  }
  if (!stream && !rules.datagram)
    return failure(fmt::format("dgram-type address not acceptable in '{}'", text));
  if (stream && rules.datagram)
    return failure(fmt::format("'{}' is known but not built yet in this version of proxyd", text));
  if (family != nullptr && family->kind == Endpoint::Kind::InheritedFd)
    return parse_fd(rest, text, rules);
  if (family != nullptr && family->family == AF_UNIX) return parse_path(rest, family->kind, text);
  if (family == nullptr && rest.starts_with('/'))
    return parse_path(rest, Endpoint::Kind::UnixPath, text);

  AddressText result;
  result.where.kind = Endpoint::Kind::Ip;
  if (family != nullptr) result.family = family->family;
  std::string_view port;
  std::uint16_t low = 0;
  const bool had_port = split_port(rest, port);
  if (!had_port && rules.port_required)
    return failure(fmt::format("missing port specification in '{}'", text));
  if (std::string fault = read_ports(port, text, rules, result, low); !fault.empty())
    return failure(std::move(fault));
  // A prefix that is no family of ours is shown as part of the host.
  const std::string_view shown = rest;
  if (std::string fault = read_host(rest, shown, text, rules, result); !fault.empty())
    return failure(std::move(fault));
  if (result.where.ip.is_ip()) result.where.ip.set_port(low);
  return result;
}

}  // namespace

Result<AddressText> parse_address(std::string_view text, const AddressRules& rules) {
  if (text.empty())
    return failure("'' resolves to an empty address (environment variable missing?)");
  if (rules.environment == nullptr || text.find('$') == std::string_view::npos) return parse_expanded(text, text, rules);
  const std::string expanded = expand(text, *rules.environment);
  if (expanded.empty())
    return failure(fmt::format("'{}' resolves to an empty address (environment variable missing?)", text));
  return parse_expanded(expanded, text, rules);
}

}  // namespace proxyd::config
