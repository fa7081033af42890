// What a killed run left in the kernel, and the new file does not have: virtual MACs, addresses, routes, rules, our tables in
// the packet filter. A file lists what a run may set, from its start to its orderly end; who finds it there comes after a
// killed one. Only what the list names is taken away: what the kernel marks as a VRRP daemon's (protocol 18), or what the running file says, too, is ours.
#pragma once

#include <functional>
#include <set>
#include <string>
#include <string_view>

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
  /// Of what that run may have set, the addresses, routes and rules of one instance, on whatever interface they are: an address also where the
  /// kernel (before 5.18) does not say whose it is. `why`: for the log, behind each. The file stays as it is: who starts next takes away the rest.
  void give_back(const Holding& holding, lib::netlink::Netlink& kernel, const Interfaces& interfaces, const Log& log, std::string_view why);
  /// Nobody was killed, or what that run might have set does not exist in this network namespace.
  bool is_empty() const { return names_.empty(); }

 private:
  using Choice = std::function<bool(const std::string& name)>;
  /// Whether an address went.
  bool take_away(const Choice& is_stale, lib::netlink::Netlink& kernel, const Interfaces& interfaces, const Log& log, std::string_view why, bool only_marked = true) const;
  void keep_neighbours(lib::netlink::Netlink& kernel, const Interfaces& interfaces) const;

  std::string file_;
  bool is_ours_ = false;         // what the file has
  std::set<std::string> names_;  // of the killed run
};

}  // namespace vrrpd::kernel
