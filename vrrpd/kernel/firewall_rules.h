// The text of our nftables tables (vrrp-behaviour section 13): what drops traffic to addresses whose instance does not
// accept it, and what keeps IGMP, MLD and router solicitations of VMACs off the wire. Pure: text from values.
#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "lib/net/address.h"

namespace vrrpd::kernel {

struct FirewallSettings {
  std::string table = "keepalived";
  std::int32_t priority = -1;
  bool counters = false;
};

/// One address that is not accepted; link-local ones on one interface only.
struct BlockedAddress {
  lib::net::Address address;
  unsigned index = 0;
  std::string interface{};                  // not empty: by name, where the interface may come back with another number
};

/// All of one family's table.
struct FirewallState {
  std::set<std::string> addresses;          // texts
  std::set<std::pair<std::string, unsigned>> link_locals;
  std::set<std::pair<std::string, std::string>> named_link_locals;
  bool names = false;                       // so there were some
  std::map<unsigned, unsigned> vmacs;       // VMAC -> parent
  bool blocks = false;                      // somebody blocks at times: the sets and rules stay
  bool needs_table() const { return blocks || !vmacs.empty(); }
};

/// Replaces the family's table ("ip" or "ip6") as a whole, in one transaction; only removes it when nothing is needed.
std::string table_text(bool six, const FirewallState& state, const FirewallSettings& settings, bool exists);
/// Adds to ("add") or takes from ("delete") the sets.
std::string element_text(std::string_view verb, bool six, const std::vector<BlockedAddress>& addresses,
                         const FirewallSettings& settings);
bool is_link_local(const lib::net::Address& address);

}  // namespace vrrpd::kernel
