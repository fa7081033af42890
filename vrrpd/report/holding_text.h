// Addresses, routes, rules and scripts as the dumps show them: the original's words, in its order.
#pragma once

#include <string>

#include "parsers/keepalived/config.h"

namespace vrrpd::report {

/// "10.9.0.100/24 dev eth0 scope global label eth0:0 set". `carrier`: where those without an interface of their own live, for
/// a virtual MAC "vrrp.51@eth0".
std::string address_text(const parsers::keepalived::IpAddress& address, const std::string& carrier, bool is_set);
/// "prepend 10.77.0.0/16 via inet 10.9.0.254 dev eth0 proto 18"
std::string route_text(const parsers::keepalived::IpRoute& route);
/// "from 10.71.0.0/16 priority 710 tos 0x0 protocol 18 lookup 71"
std::string rule_text(const parsers::keepalived::IpRule& rule);
/// "'/etc/notify.sh' 'master'"
std::string quoted_command(const parsers::keepalived::Command& command);

}  // namespace vrrpd::report
