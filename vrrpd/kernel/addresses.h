// What each instance holds in the kernel while it is master: addresses, routes, rules (vrrp-behaviour section 10); and
// whether it is still there. Compared with the kernel after each event about it, never with what we remember doing.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "lib/event/wait.h"
#include "parsers/keepalived/config.h"
#include "vrrpd/kernel/announcer.h"
#include "vrrpd/kernel/interfaces.h"
#include "vrrpd/kernel/log.h"

namespace vrrpd::kernel {

/// What an instance has the kernel hold. Addresses without an interface of their own live on `interface`: the instance's,
/// or its VMAC.
struct Holding {
  std::string name;        // of the instance, for the log
  std::string interface;
  std::vector<parsers::keepalived::IpAddress> addresses, excluded;
  std::vector<parsers::keepalived::IpRoute> routes;
  std::vector<parsers::keepalived::IpRule> rules;
};

class LossListener {
 public:
  virtual ~LossListener() = default;
  /// Somebody took away a tracked address, route or rule of a router that holds them ("10.0.0.1/24 dev eth0").
  virtual void on_lost(std::size_t router, const std::string& what) = 0;
};

class Addresses : private InterfaceListener {
 public:
  /// All must outlive it.
  Addresses(lib::event::Loop& loop, lib::netlink::Netlink& kernel, Interfaces& interfaces, LossListener& listener, Log log);
  ~Addresses() override;
  Addresses(const Addresses&) = delete;
  Addresses& operator=(const Addresses&) = delete;

  /// Makes routers known, or says what they are to hold from now on (reload): while one holds, what it no longer has goes
  /// and what is new comes; what another one holds now stays where it is. Returns the addresses that came, to be announced,
  /// in the same order.
  struct Change {
    std::size_t router = 0;
    Holding holding;
  };
  std::vector<std::vector<Announced>> set(std::vector<Change> changes);
  std::vector<Announced> set(std::size_t router, Holding holding);
  /// At the start: what a former run left on the interfaces goes.
  void clean(std::size_t router);
  /// Addresses, excluded addresses, routes, rules. What cannot be set is logged, the rest is set.
  void take(std::size_t router);
  /// Rules, routes, addresses, excluded addresses.
  void release(std::size_t router);
  /// Gone from the configuration; releases what it holds.
  void remove(std::size_t router);
  bool holds(std::size_t router) const;
  /// Its addresses in the order of announcing: those in the adverts, then the excluded.
  std::vector<Announced> announced(std::size_t router) const;

 private:
  struct Router {
    Holding holding;
    bool held = false;
    bool doubted = false;   // an event says that something may be gone
  };
  using Routes = std::vector<lib::netlink::Route>;

  void on_interface(const Interface& interface, InterfaceChange change, const std::string& previous) override;
  void on_address(const InterfaceAddress& address, bool gone) override;
  void on_route(const lib::netlink::Route& route, bool gone) override;
  void on_rule(const lib::netlink::Rule& rule, bool gone) override;
  void on_lost_events() override;

  std::vector<Announced> replace(std::size_t number, const Router& before);
  bool is_held_by_other(std::size_t router, const InterfaceAddress& address) const;
  std::vector<InterfaceAddress> resolve(const Router& router, const std::vector<parsers::keepalived::IpAddress>& list) const;
  void add_addresses(const Router& router, const std::vector<parsers::keepalived::IpAddress>& list);
  void remove_addresses(std::size_t router, const std::vector<parsers::keepalived::IpAddress>& list);
  void add_routes_and_rules(const Router& router);
  void remove_rules_and_routes(const Router& router);
  void restore_neighbours(std::size_t router);
  void doubt(Router& router);
  void verify();
  std::string missing_of(const Router& router, const std::vector<InterfaceAddress>& addresses,
                         std::map<std::pair<std::uint8_t, std::uint32_t>, Routes>& tables,
                         std::map<std::uint8_t, std::vector<lib::netlink::Rule>>& rules);
  std::string missing_address(const Router& router, const std::vector<InterfaceAddress>& there) const;
  void report(const Router& router, std::string_view what, const std::string& object, const Status& status) const;
  lib::event::Task<void> run();

  lib::netlink::Netlink& kernel_;
  Interfaces& interfaces_;
  LossListener& listener_;
  Log log_;
  std::map<std::size_t, Router> routers_;
  bool must_verify_ = false;
  lib::event::Waiter waiter_;
  lib::event::TaskGroup tasks_;  // last: it uses the rest
};

}  // namespace vrrpd::kernel
