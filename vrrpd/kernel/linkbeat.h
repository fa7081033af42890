// Asking a network driver for its link, for drivers that do not tell the kernel when it is lost (linkbeat_use_polling,
// linkbeat_interfaces).
#pragma once

#include <optional>
#include <string>

#include "parsers/keepalived/config.h"

namespace vrrpd::kernel {

using LinkbeatHow = parsers::keepalived::LinkbeatInterface::How;

/// Whether there is a link, by MII registers, ethtool or the interface's flags; Detect takes the first of these that the
/// driver answers. Nothing when it answers none.
std::optional<bool> probe_link(const std::string& interface, LinkbeatHow how);

}  // namespace vrrpd::kernel
