// What a killed run left in the kernel, and the new file does not have: virtual MACs, addresses, routes, rules, our tables in
// the packet filter. A file lists what a run may set, from its start to its orderly end; who finds it there comes after a
// killed one. Only what the list names and the kernel marks as a VRRP daemon's (protocol 18) is taken away.
#pragma once

#include <set>
#include <string>

#include "lib/netlink/netlink.h"
#include "parsers/keepalived/config.h"
#include "vrrpd/kernel/addresses.h"
#include "vrrpd/kernel/interfaces.h"
#include "vrrpd/kernel/log.h"

namespace vrrpd::kernel {

/// Names of what a run may set.
class Belongings {
 public:
  void add(const Holding& holding);
  void add(const std::vector<parsers::keepalived::IpAddress>& addresses, const std::string& interface);
  void add(const std::vector<parsers::keepalived::IpRoute>& routes);
  void add(const std::vector<parsers::keepalived::IpRule>& rules);
  void add_vmac(const std::string& name, const lib::netlink::MacAddress& mac);
  void add_table(const std::string& name);

  bool has(const std::string& name) const { return names_.contains(name); }
  const std::set<std::string>& names() const { return names_; }

 private:
  std::set<std::string> names_;
};

class Leftovers {
 public:
  Leftovers() = default;
  /// At an orderly end nothing is left, so the file goes.
  ~Leftovers();
  Leftovers(const Leftovers&) = delete;
  Leftovers& operator=(const Leftovers&) = delete;

  /// Reads what a killed run wrote there, if it was in this network namespace.
  void remember_in(std::string file);
  /// At the start: takes away what that run may have set and `now` has not. From then on the file has `now`.
  void clear(const Belongings& now, lib::netlink::Netlink& kernel, const Interfaces& interfaces, const Log& log);
  /// After a reload.
  void save(const Belongings& now);

 private:
  std::string file_;
  bool is_ours_ = false;         // what the file has
  std::set<std::string> names_;  // of the killed run
};

}  // namespace vrrpd::kernel
