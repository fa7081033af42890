// Which services of the table a virtual server is, and what its servers are called in each of them. Pure.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "checkerd/core/table.h"

namespace checkerd {

using parsers::keepalived::VirtualServer;
using parsers::keepalived::VirtualServerGroup;

/// Of one range of a group; an IPv6 net of any size can be written down.
inline constexpr std::size_t kMostAddresses = 65536;

/// One a group's address, one a mark. A mark without a family is of those that the servers have (tunnels apart); a group
/// can be named by several virtual servers, and then two of them can be one service (a mark has no protocol).
std::vector<Service> services_of(const VirtualServer& conf, const std::vector<VirtualServerGroup>& groups);

/// A line for each range that is longer than kMostAddresses, and cut there.
std::vector<std::string> cut_ranges(const VirtualServer& conf, const std::vector<VirtualServerGroup>& groups);

/// The server's address and port in that service: only NAT can change the port, so all others take the service's (0 with a
/// mark). Nothing: of another family, and not behind a tunnel.
std::optional<Address> address_in(const ServiceKey& service, const Address& server, const Forwarding& forwarding);

}  // namespace checkerd
