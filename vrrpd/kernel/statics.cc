#include "vrrpd/kernel/statics.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "vrrpd/kernel/convert.h"

namespace vrrpd::kernel {

namespace {

using lib::netlink::Route;
using lib::netlink::Rule;

}  // namespace

Statics::Statics(lib::event::Loop& loop, lib::netlink::Netlink& kernel, Interfaces& interfaces,
                 TrackGroupListener* listener, Log log)
    : kernel_{kernel}, interfaces_{interfaces}, listener_{listener}, log_{std::move(log)}, waiter_{loop} {
  interfaces_.add_listener(*this);
  tasks_.spawn(run());
}

Statics::~Statics() { interfaces_.remove_listener(*this); }

void Statics::failed(const std::string& what, const Status& status) const {
  if (!status) log_.always(fmt::format("cannot set static {} - Netlink: error: {}", what, status.error().message));
}

void Statics::set(StaticEntries entries) {
  const StaticEntries before = std::exchange(entries_, std::move(entries));
  for (const auto& old : before.rules) {
    const Rule rule = to_kernel(old);
    const auto same = [&](const auto& one) { return to_kernel(one) == rule; };
    if (std::none_of(entries_.rules.begin(), entries_.rules.end(), same)) failed(describe(rule), kernel_.remove_rule(rule));
  }
  for (const auto& old : before.routes) {
    const auto route = to_kernel(old, interfaces_);
    const auto same = [&](const auto& one) { return to_kernel(one, interfaces_) == route; };
    if (route && std::none_of(entries_.routes.begin(), entries_.routes.end(), same))
      failed(describe(*route), kernel_.remove_route(*route));
  }
  for (const auto& old : before.addresses) {
    const auto address = to_kernel(old, {}, interfaces_);
    const auto same = [&](const auto& one) { return to_kernel(one, {}, interfaces_) == address; };
    if (address && std::none_of(entries_.addresses.begin(), entries_.addresses.end(), same))
      failed(describe(old, {}), kernel_.remove_address(*address));
  }
  is_fresh_ = true;
  restore();
  is_fresh_ = false;
}

void Statics::remove_all() {
  set({});
}

void Statics::settle(bool present, const std::string& group) {
  if (!group.empty()) missing_[group] += present ? 0U : 1U;
}

bool Statics::restore_addresses() {
  if (entries_.addresses.empty()) return true;
  const auto there = kernel_.addresses();
  if (!there) return false;
  for (const auto& one : entries_.addresses) {
    const auto wanted = to_kernel(one, {}, interfaces_);
    bool present = false;
    if (wanted) {
      present = std::any_of(there->begin(), there->end(), [&](const auto& a) { return is_same_address(*wanted, a); });
      if (!present) {
        if (!is_fresh_) log_.always("Restoring deleted static address " + describe(one, {}));
        const Status done = kernel_.add_address(*wanted);
        failed("address " + describe(one, {}), done);
        present = done.has_value();
      }
    }
    settle(present, one.track_group);
  }
  return true;
}

bool Statics::restore_routes() {
  std::map<std::pair<std::uint8_t, std::uint32_t>, std::vector<Route>> tables;
  for (const auto& one : entries_.routes) {
    const auto wanted = to_kernel(one, interfaces_);
    bool present = false;
    if (wanted) {
      const auto [at, is_new] = tables.try_emplace({wanted->family, wanted->table});
      if (is_new) at->second = kernel_.routes(wanted->family, wanted->table).value_or(std::vector<Route>{});
      present = std::any_of(at->second.begin(), at->second.end(), [&](const Route& r) { return is_same_route(*wanted, r); });
      // While its interface is down the kernel refuses it; it is set when the interface comes up.
      if (!present && (one.interface.empty() || interfaces_.is_up(one.interface))) {
        if (!is_fresh_) log_.always("Restoring deleted static route " + describe(*wanted));
        const Status done = kernel_.add_route(*wanted);
        failed("route " + describe(*wanted), done);
        present = done.has_value();
      }
    }
    settle(present, one.track_group);
  }
  return true;
}

bool Statics::restore_rules() {
  std::map<std::uint8_t, std::vector<Rule>> families;
  for (const auto& one : entries_.rules) {
    const Rule wanted = to_kernel(one);
    const auto [at, is_new] = families.try_emplace(wanted.family);
    if (is_new) at->second = kernel_.rules(wanted.family).value_or(std::vector<Rule>{});
    bool present =
        std::any_of(at->second.begin(), at->second.end(), [&](const Rule& r) { return is_same_rule(wanted, r); });
    if (!present) {
      if (!is_fresh_) log_.always("Restoring deleted static rule " + describe(wanted));
      const Status done = kernel_.add_rule(wanted);
      failed("rule " + describe(wanted), done);
      present = done.has_value();
    }
    settle(present, one.track_group);
  }
  return true;
}

void Statics::restore() {
  missing_.clear();
  for (const auto& one : entries_.addresses) settle(true, one.track_group);
  for (const auto& one : entries_.routes) settle(true, one.track_group);
  for (const auto& one : entries_.rules) settle(true, one.track_group);
  if (!restore_addresses() || !restore_routes() || !restore_rules()) return;
  for (const auto& [group, missing] : missing_) {
    const auto told = told_.find(group);
    if (told != told_.end() ? told->second == missing : missing == 0) continue;
    told_[group] = missing;
    if (listener_ != nullptr) listener_->on_track_group(group, missing);
  }
}

void Statics::check() {
  if (entries_.addresses.empty() && entries_.routes.empty() && entries_.rules.empty()) return;
  must_check_ = true;
  waiter_.notify();
}

void Statics::on_interface(const Interface&, InterfaceChange, const std::string&) { check(); }
void Statics::on_lost_events() { check(); }

void Statics::on_address(const InterfaceAddress& address, bool gone) {
  const auto same = [&](const auto& one) { return one.address.same_host(address.address); };
  if (gone && std::any_of(entries_.addresses.begin(), entries_.addresses.end(), same)) check();
}

void Statics::on_route(const Route& route, bool gone) {
  const auto same = [&](const auto& one) { return one.family == route.family && one.table == route.table; };
  if (gone && std::any_of(entries_.routes.begin(), entries_.routes.end(), same)) check();
}

void Statics::on_rule(const Rule& rule, bool gone) {
  const auto same = [&](const auto& one) { return one.family == rule.family && one.priority == rule.priority; };
  if (gone && std::any_of(entries_.rules.begin(), entries_.rules.end(), same)) check();
}

lib::event::Task<void> Statics::run() {
  while (true) {
    co_await waiter_.until(lib::base::kNever);
    co_await waiter_.yield();  // the events of this moment are read first
    if (std::exchange(must_check_, false)) restore();
  }
}

}  // namespace vrrpd::kernel
