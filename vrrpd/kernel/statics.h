// static_ipaddress, static_routes, static_rules: there from the start to the stop, in every state; what somebody removes
// comes back. Those with a track_group are a fault of its members for as long as they are missing.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "lib/event/wait.h"
#include "parsers/keepalived/config.h"
#include "vrrpd/kernel/interfaces.h"
#include "vrrpd/kernel/log.h"

namespace vrrpd::kernel {

struct StaticEntries {
  std::vector<parsers::keepalived::IpAddress> addresses;
  std::vector<parsers::keepalived::IpRoute> routes;
  std::vector<parsers::keepalived::IpRule> rules;
};

class TrackGroupListener {
 public:
  virtual ~TrackGroupListener() = default;
  /// How many entries of a track_group are missing now; told when it changes.
  virtual void on_track_group(const std::string& group, unsigned missing) = 0;
};

class Statics : private InterfaceListener {
 public:
  /// All must outlive it. `listener` may be null.
  Statics(lib::event::Loop& loop, lib::netlink::Netlink& kernel, Interfaces& interfaces, TrackGroupListener* listener,
          Log log);
  ~Statics() override;
  Statics(const Statics&) = delete;
  Statics& operator=(const Statics&) = delete;

  /// At the start and at each reload: what is new is added, what is gone from the file is removed.
  void set(StaticEntries entries);
  /// At the stop.
  void remove_all();

 private:
  void on_interface(const Interface& interface, InterfaceChange change, const std::string& previous) override;
  void on_address(const InterfaceAddress& address, bool gone) override;
  void on_route(const lib::netlink::Route& route, bool gone) override;
  void on_rule(const lib::netlink::Rule& rule, bool gone) override;
  void on_lost_events() override;

  void check();
  void restore();
  bool restore_addresses();
  bool restore_routes();
  bool restore_rules();
  void settle(bool present, const std::string& group);
  void failed(const std::string& what, const Status& status) const;
  lib::event::Task<void> run();

  lib::netlink::Netlink& kernel_;
  Interfaces& interfaces_;
  TrackGroupListener* listener_;
  Log log_;
  StaticEntries entries_;
  std::map<std::string, unsigned> missing_, told_;  // by track_group
  bool is_fresh_ = false;   // being added for the first time: nothing was deleted by others
  bool must_check_ = false;
  lib::event::Waiter waiter_;
  lib::event::TaskGroup tasks_;  // last: it uses the rest
};

}  // namespace vrrpd::kernel
