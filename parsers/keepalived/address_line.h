// One line of virtual_ipaddress, virtual_ipaddress_excluded or static_ipaddress.
#pragma once

#include <optional>

#include "parsers/keepalived/config.h"
#include "parsers/keepalived/keyword.h"

namespace parsers::keepalived {

/// Nothing when the line is dropped: the complaint says why. `is_static` allows track_group.
std::optional<IpAddress> read_address_line(Reader& in, bool is_static);

/// ADDR or ADDR/PLEN at word `index`; complains about what is none. With a bad length the address stands for itself.
std::optional<lib::net::Prefix> read_prefix(Reader& in, std::size_t index);

}  // namespace parsers::keepalived
