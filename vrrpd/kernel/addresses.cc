#include "vrrpd/kernel/addresses.h"

#include <fmt/format.h>

#include <algorithm>

#include "vrrpd/kernel/convert.h"

namespace vrrpd::kernel {

namespace {

using lib::netlink::Route;
using lib::netlink::Rule;
using parsers::keepalived::IpAddress;

const std::string& place_of(const IpAddress& address, const Holding& holding) {
  return address.interface.empty() ? holding.interface : address.interface;
}

}  // namespace

Addresses::Addresses(lib::event::Loop& loop, lib::netlink::Netlink& kernel, Interfaces& interfaces,
                     LossListener& listener, Log log)
    : kernel_{kernel}, interfaces_{interfaces}, listener_{listener}, log_{std::move(log)}, waiter_{loop} {
  interfaces_.add_listener(*this);
  tasks_.spawn(run());
}

Addresses::~Addresses() { interfaces_.remove_listener(*this); }

void Addresses::report(const Router& router, std::string_view what, const std::string& object, const Status& status) const {
  if (status) return;
  log_.always(fmt::format("({}) cannot {} {} - Netlink: error: {}", router.holding.name, what, object,
                          status.error().message));
}

std::vector<InterfaceAddress> Addresses::resolve(const Router& router, const std::vector<IpAddress>& list) const {
  std::vector<InterfaceAddress> out;
  out.reserve(list.size());
  for (const IpAddress& one : list)
    if (auto address = to_kernel(one, router.holding.interface, interfaces_)) out.push_back(std::move(*address));
  return out;
}

void Addresses::add_addresses(const Router& router, const std::vector<IpAddress>& list) {
  std::vector<InterfaceAddress> wanted;
  std::vector<const IpAddress*> said;
  for (const IpAddress& one : list) {
    if (auto address = to_kernel(one, router.holding.interface, interfaces_)) {
      wanted.push_back(std::move(*address));
      said.push_back(&one);
    } else {
      log_.always(fmt::format("({}) cannot set {} - the interface does not exist", router.holding.name,
                              describe(one, router.holding.interface)));
    }
  }
  const auto done = kernel_.add_addresses(wanted);
  for (std::size_t i = 0; i < done.size(); ++i) report(router, "set", describe(*said[i], router.holding.interface), done[i]);
}

/// Two routers may have one address while it moves from one to the other (a reload).
bool Addresses::is_held_by_other(std::size_t router, const InterfaceAddress& address) const {
  for (const auto& [id, other] : routers_) {
    if (id == router || !other.held) continue;
    for (const auto* list : {&other.holding.addresses, &other.holding.excluded})
      for (const IpAddress& one : *list) {
        if (!one.address.same_host(address.address) || one.prefix_length != address.prefix_length) continue;
        const Interface* const place = interfaces_.find(place_of(one, other.holding));
        if (place != nullptr && place->link.index == address.index) return true;
      }
  }
  return false;
}

void Addresses::remove_addresses(std::size_t number, const std::vector<IpAddress>& list) {
  const Router& router = routers_.at(number);
  auto wanted = resolve(router, list);
  std::erase_if(wanted, [&](const InterfaceAddress& one) { return is_held_by_other(number, one); });
  const auto done = kernel_.remove_addresses(wanted);
  for (std::size_t i = 0; i < done.size(); ++i)
    report(router, "remove", fmt::format("{}/{}", wanted[i].address.host(), unsigned{wanted[i].prefix_length}), done[i]);
}

void Addresses::add_routes_and_rules(const Router& router) {
  const Holding& holding = router.holding;
  if (!holding.routes.empty()) log_.detail(fmt::format("({}) setting Virtual Routes", holding.name));
  for (const auto& one : holding.routes) {
    if (const auto route = to_kernel(one, interfaces_))
      report(router, "set route", describe(*route), kernel_.add_route(*route));
    else
      log_.always(fmt::format("({}) cannot set route {} - its interface does not exist", holding.name, one.text));
  }
  if (!holding.rules.empty()) log_.detail(fmt::format("({}) setting Virtual Rules", holding.name));
  for (const auto& one : holding.rules) {
    const Rule rule = to_kernel(one);
    report(router, "set rule", describe(rule), kernel_.add_rule(rule));
  }
}

void Addresses::remove_rules_and_routes(const Router& router) {
  const Holding& holding = router.holding;
  if (!holding.rules.empty()) log_.detail(fmt::format("({}) removing Virtual Rules", holding.name));
  for (const auto& one : holding.rules) {
    const Rule rule = to_kernel(one);
    report(router, "remove rule", describe(rule), kernel_.remove_rule(rule));
  }
  if (!holding.routes.empty()) log_.detail(fmt::format("({}) removing Virtual Routes", holding.name));
  for (const auto& one : holding.routes)
    if (const auto route = to_kernel(one, interfaces_))
      report(router, "remove route", describe(*route), kernel_.remove_route(*route));
}

void Addresses::take(std::size_t router) {
  const auto found = routers_.find(router);
  if (found == routers_.end()) return;
  Router& one = found->second;
  one.held = true;
  one.doubted = false;
  if (!one.holding.addresses.empty()) log_.detail(fmt::format("({}) setting VIPs.", one.holding.name));
  add_addresses(one, one.holding.addresses);
  if (!one.holding.excluded.empty()) log_.detail(fmt::format("({}) setting E-VIPs.", one.holding.name));
  add_addresses(one, one.holding.excluded);
  add_routes_and_rules(one);
}

void Addresses::release(std::size_t router) {
  const auto found = routers_.find(router);
  if (found == routers_.end()) return;
  found->second.held = false;
  clean(router);
  restore_neighbours(router);
}

void Addresses::clean(std::size_t router) {
  const auto found = routers_.find(router);
  if (found == routers_.end()) return;
  const Router& one = found->second;
  remove_rules_and_routes(one);
  if (!one.holding.addresses.empty()) log_.detail(fmt::format("({}) removing VIPs.", one.holding.name));
  remove_addresses(router, one.holding.addresses);
  if (!one.holding.excluded.empty()) log_.detail(fmt::format("({}) removing E-VIPs.", one.holding.name));
  remove_addresses(router, one.holding.excluded);
}

/// With the first IPv4 address of a subnet the kernel removes the others of it, unless promote_secondaries is set: those
/// that other routers hold come back at once.
void Addresses::restore_neighbours(std::size_t router) {
  const Holding& released = routers_.at(router).holding;
  const auto touches = [&](const Holding& other, const IpAddress& one) {
    const auto same = [&](const IpAddress& gone) {
      return gone.address.is_ipv4() && gone.prefix_length < 32 && place_of(gone, released) == place_of(one, other);
    };
    return one.address.is_ipv4() && (std::any_of(released.addresses.begin(), released.addresses.end(), same) ||
                                     std::any_of(released.excluded.begin(), released.excluded.end(), same));
  };
  for (const auto& [id, other] : routers_) {
    if (!other.held || id == router) continue;
    std::vector<IpAddress> again;
    for (const auto* list : {&other.holding.addresses, &other.holding.excluded})
      for (const IpAddress& one : *list)
        if (touches(other.holding, one)) again.push_back(one);
    if (!again.empty()) add_addresses(other, again);
  }
}

void Addresses::remove(std::size_t router) {
  if (holds(router)) release(router);
  routers_.erase(router);
}

bool Addresses::holds(std::size_t router) const {
  const auto found = routers_.find(router);
  return found != routers_.end() && found->second.held;
}

std::vector<Announced> Addresses::announced(std::size_t router) const {
  std::vector<Announced> out;
  const auto found = routers_.find(router);
  if (found == routers_.end()) return out;
  for (const auto* list : {&found->second.holding.addresses, &found->second.holding.excluded})
    for (const InterfaceAddress& one : resolve(found->second, *list))
      out.push_back({.index = one.index, .address = one.address});
  return out;
}

std::vector<std::vector<Announced>> Addresses::set(std::vector<Change> changes) {
  std::vector<Router> before;
  for (Change& change : changes) {
    Router& one = routers_[change.router];
    before.push_back(std::exchange(one, Router{.holding = std::move(change.holding), .held = one.held, .doubted = false}));
  }
  std::vector<std::vector<Announced>> out;
  for (std::size_t i = 0; i < changes.size(); ++i) out.push_back(replace(changes[i].router, before[i]));
  return out;
}

std::vector<Announced> Addresses::set(std::size_t router, Holding holding) {
  std::vector<Change> changes;
  changes.push_back({.router = router, .holding = std::move(holding)});
  return std::move(set(std::move(changes)).front());
}

std::vector<Announced> Addresses::replace(std::size_t number, const Router& before) {
  const Router& one = routers_.at(number);
  std::vector<Announced> out;
  if (!one.held) return out;
  const auto all = [this](const Router& of) {
    auto list = resolve(of, of.holding.addresses);
    auto more = resolve(of, of.holding.excluded);
    list.insert(list.end(), more.begin(), more.end());
    return list;
  };
  const auto old_addresses = all(before), new_addresses = all(one);
  const auto holds_it = [](const auto& list, const auto& item) {
    return std::find(list.begin(), list.end(), item) != list.end();
  };
  std::vector<Route> old_routes, new_routes;
  for (const auto& route : before.holding.routes)
    if (auto made = to_kernel(route, interfaces_)) old_routes.push_back(std::move(*made));
  for (const auto& route : one.holding.routes)
    if (auto made = to_kernel(route, interfaces_)) new_routes.push_back(std::move(*made));
  std::vector<Rule> old_rules, new_rules;
  for (const auto& rule : before.holding.rules) old_rules.push_back(to_kernel(rule));
  for (const auto& rule : one.holding.rules) new_rules.push_back(to_kernel(rule));

  for (const Rule& rule : old_rules)
    if (!holds_it(new_rules, rule)) report(one, "remove rule", describe(rule), kernel_.remove_rule(rule));
  for (const Route& route : old_routes)
    if (!holds_it(new_routes, route)) report(one, "remove route", describe(route), kernel_.remove_route(route));
  for (const InterfaceAddress& address : old_addresses) {
    if (holds_it(new_addresses, address) || is_held_by_other(number, address)) continue;
    const Interface* interface = interfaces_.find(address.index);
    log_.always(fmt::format("({}) ip address {}/{} dev {}, no longer exist", one.holding.name, address.address.host(),
                            unsigned{address.prefix_length}, interface != nullptr ? interface->link.name : "?"));
    report(one, "remove", address.address.host(), kernel_.remove_address(address));
  }
  // All of them: removing one may have taken others of its subnet along.
  const auto done = kernel_.add_addresses(new_addresses);
  for (std::size_t i = 0; i < done.size(); ++i) {
    report(one, "set", new_addresses[i].address.host(), done[i]);
    if (done[i] && !holds_it(old_addresses, new_addresses[i]))
      out.push_back({.index = new_addresses[i].index, .address = new_addresses[i].address});
  }
  for (const Route& route : new_routes)
    if (!holds_it(old_routes, route)) report(one, "set route", describe(route), kernel_.add_route(route));
  for (const Rule& rule : new_rules)
    if (!holds_it(old_rules, rule)) report(one, "set rule", describe(rule), kernel_.add_rule(rule));
  return out;
}

void Addresses::doubt(Router& router) {
  if (!router.held) return;
  router.doubted = true;
  must_verify_ = true;
  waiter_.notify();
}

void Addresses::on_interface(const Interface& interface, InterfaceChange change, const std::string&) {
  if (change != InterfaceChange::Up && change != InterfaceChange::Appeared) return;
  // An interface that went down took its routes and IPv6 addresses along; one that is new has nothing yet.
  for (auto& [id, router] : routers_) {
    if (!router.held) continue;
    const auto is_here = [&](const IpAddress& one) { return place_of(one, router.holding) == interface.link.name; };
    std::vector<IpAddress> again;
    for (const auto* list : {&router.holding.addresses, &router.holding.excluded})
      std::copy_if(list->begin(), list->end(), std::back_inserter(again), is_here);
    if (!again.empty()) add_addresses(router, again);
    if (!again.empty() || !router.holding.routes.empty()) add_routes_and_rules(router);
  }
}

void Addresses::on_address(const InterfaceAddress& address, bool gone) {
  if (!gone) return;
  for (auto& [id, router] : routers_) {
    if (!router.held) continue;
    for (const auto* list : {&router.holding.addresses, &router.holding.excluded})
      for (const IpAddress& one : *list)
        if (one.tracked && one.address.same_host(address.address)) doubt(router);
  }
}

void Addresses::on_route(const Route& route, bool gone) {
  if (!gone || route.protocol != kOurProtocol) return;
  for (auto& [id, router] : routers_)
    for (const auto& one : router.holding.routes)
      if (one.tracked && one.family == route.family && one.table == route.table) doubt(router);
}

void Addresses::on_rule(const Rule& rule, bool gone) {
  if (!gone) return;
  for (auto& [id, router] : routers_)
    for (const auto& one : router.holding.rules)
      if (one.tracked && one.family == rule.family && one.priority == rule.priority) doubt(router);
}

void Addresses::on_lost_events() {
  for (auto& [id, router] : routers_) doubt(router);
}

lib::event::Task<void> Addresses::run() {
  while (true) {
    co_await waiter_.until(lib::base::kNever);
    // The events of this moment are read first: a link that goes down says so after its addresses have gone.
    co_await waiter_.yield();
    if (std::exchange(must_verify_, false)) verify();
  }
}

std::string Addresses::missing_address(const Router& router, const std::vector<InterfaceAddress>& there) const {
  for (const auto* list : {&router.holding.addresses, &router.holding.excluded}) {
    for (const IpAddress& one : *list) {
      if (!one.tracked || !interfaces_.is_up(place_of(one, router.holding))) continue;
      const auto wanted = to_kernel(one, router.holding.interface, interfaces_);
      if (!wanted) continue;
      const auto same = [&](const InterfaceAddress& other) { return is_same_address(*wanted, other); };
      if (std::none_of(there.begin(), there.end(), same)) return describe(one, router.holding.interface);
    }
  }
  return {};
}

std::string Addresses::missing_of(const Router& router, const std::vector<InterfaceAddress>& addresses,
                                  std::map<std::pair<std::uint8_t, std::uint32_t>, Routes>& tables,
                                  std::map<std::uint8_t, std::vector<Rule>>& rules) {
  if (auto missing = missing_address(router, addresses); !missing.empty()) return missing;
  for (const auto& one : router.holding.routes) {
    const auto wanted = to_kernel(one, interfaces_);
    if (!one.tracked || !wanted || (!one.interface.empty() && !interfaces_.is_up(one.interface))) continue;
    const auto [at, is_new] = tables.try_emplace({wanted->family, wanted->table});
    if (is_new) at->second = kernel_.routes(wanted->family, wanted->table).value_or(Routes{*wanted});
    if (std::none_of(at->second.begin(), at->second.end(), [&](const Route& r) { return is_same_route(*wanted, r); }))
      return "route " + describe(*wanted);
  }
  for (const auto& one : router.holding.rules) {
    if (!one.tracked) continue;
    const Rule wanted = to_kernel(one);
    const auto [at, is_new] = rules.try_emplace(wanted.family);
    if (is_new) at->second = kernel_.rules(wanted.family).value_or(std::vector<Rule>{wanted});
    if (std::none_of(at->second.begin(), at->second.end(), [&](const Rule& r) { return is_same_rule(wanted, r); }))
      return "rule " + describe(wanted);
  }
  return {};
}

void Addresses::verify() {
  const auto addresses = kernel_.addresses();
  if (!addresses) {
    log_.always("Netlink: cannot read the addresses (" + addresses.error().message + "), nothing is verified now");
    return;
  }
  std::map<std::pair<std::uint8_t, std::uint32_t>, Routes> tables;
  std::map<std::uint8_t, std::vector<Rule>> rules;
  std::vector<std::pair<std::size_t, std::string>> lost;
  for (auto& [id, router] : routers_) {
    if (!std::exchange(router.doubted, false) || !router.held) continue;
    if (auto missing = missing_of(router, *addresses, tables, rules); !missing.empty()) lost.emplace_back(id, missing);
  }
  for (const auto& [id, what] : lost)
    if (holds(id)) listener_.on_lost(id, what);
}

}  // namespace vrrpd::kernel
