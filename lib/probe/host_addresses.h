// Addresses of host names in what the system and its DNS servers say. Pure.
#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "lib/base/bytes.h"
#include "lib/net/address.h"

namespace lib::probe {

/// The "nameserver" lines: at most three, as resolv.conf(5) says.
std::vector<net::Address> read_name_servers(std::string_view resolv_conf);
/// A number in any form, the first line of the hosts file with that name, or "localhost".
std::optional<net::Address> find_known_host(std::string_view hosts, std::string_view name);
/// The addresses of type A or AAAA in the answer to `query`; nothing when it is no good answer to it. None: it has no such address.
std::optional<std::vector<net::Address>> decode_dns_addresses(base::Bytes query, base::Bytes datagram);

}  // namespace lib::probe
