// Our tables in the packet filter. Instances with no_accept (or vrrp_strict) do not answer on their addresses, and VMACs
// do not talk IGMP, MLD or router solicitation. vrrp_iptables means the same tables here, as in Debian's keepalived, which
// has no iptables in it.
#pragma once

#include <array>
#include <memory>
#include <span>
#include <string>

#include "lib/base/result.h"
#include "lib/netlink/nftables.h"
#include "vrrpd/kernel/firewall_rules.h"
#include "vrrpd/kernel/log.h"

namespace vrrpd::kernel {

class Firewall {
 public:
  /// Removes tables of that name that a former run left behind.
  static lib::base::Result<std::unique_ptr<Firewall>> open(FirewallSettings settings, Log log);
  /// Removes the tables.
  ~Firewall();
  Firewall(const Firewall&) = delete;
  Firewall& operator=(const Firewall&) = delete;

  /// Before an instance sets its addresses, and after it removed them. Addresses of accepting instances do not come here.
  lib::base::Status block(const std::string& instance, std::span<const BlockedAddress> addresses);
  lib::base::Status unblock(const std::string& instance, std::span<const BlockedAddress> addresses);
  lib::base::Status add_vmac(unsigned vmac, unsigned parent, bool six);
  lib::base::Status remove_vmac(unsigned vmac, bool six);

 private:
  Firewall(std::unique_ptr<lib::netlink::Nftables> nft, FirewallSettings settings, Log log);
  lib::base::Status rebuild(bool six);
  lib::base::Status change(std::string_view verb, std::span<const BlockedAddress> addresses);

  std::unique_ptr<lib::netlink::Nftables> nft_;
  FirewallSettings settings_;
  Log log_;
  std::array<FirewallState, 2> states_;     // IPv4, IPv6
  std::array<bool, 2> exists_{};
};

}  // namespace vrrpd::kernel
