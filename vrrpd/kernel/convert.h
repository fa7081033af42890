// From what a configuration says (parsers::keepalived) to what the kernel is asked for (lib::netlink): names become
// indexes, defaults that the kernel does not know are filled in.
#pragma once

#include <optional>
#include <string>

#include "lib/netlink/netlink.h"
#include "parsers/keepalived/config.h"
#include "vrrpd/kernel/interfaces.h"

namespace vrrpd::kernel {

/// Marks what is ours in the kernel: RTPROT_KEEPALIVED, also the protocol of addresses.
inline constexpr std::uint8_t kOurProtocol = 18;

/// Nothing when its interface (or, where it names none, `own_interface`) does not exist.
std::optional<InterfaceAddress> to_kernel(const parsers::keepalived::IpAddress& address, const std::string& own_interface,
                                          const Interfaces& interfaces);
std::optional<lib::netlink::Route> to_kernel(const parsers::keepalived::IpRoute& route, const Interfaces& interfaces);
lib::netlink::Rule to_kernel(const parsers::keepalived::IpRule& rule);

/// "10.0.0.100/24 dev eth0", for log lines.
std::string describe(const parsers::keepalived::IpAddress& address, const std::string& own_interface);
/// "10.9.0.0/24" or "default", with its table when it is not main.
std::string describe(const lib::netlink::Route& route);
std::string describe(const lib::netlink::Rule& rule);

/// The same entry of a table: what the kernel may have added to it does not count.
bool is_same_route(const lib::netlink::Route& wanted, const lib::netlink::Route& there);
bool is_same_rule(const lib::netlink::Rule& wanted, const lib::netlink::Rule& there);
bool is_same_address(const InterfaceAddress& wanted, const InterfaceAddress& there);

}  // namespace vrrpd::kernel
