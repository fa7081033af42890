#include "vrrpd/kernel/interfaces.h"

#include <linux/if_addr.h>

#include <algorithm>
#include <utility>

#include "vrrpd/kernel/convert.h"
#include "vrrpd/kernel/linkbeat.h"

namespace vrrpd::kernel {

namespace {

/// A bound, not an allocation. A master of a thousand addresses hears of all of them, and of their routes, when it has taken
/// them; the system's default holds about a hundred.
constexpr std::uint32_t kMonitorBuffer = 16U << 20;

bool is_link_local(const Address& address) {
  return address.is_ipv6() && IN6_IS_ADDR_LINKLOCAL(&address.ipv6_bits());
}

}  // namespace

Interfaces::Interfaces(lib::event::Loop& loop, lib::netlink::Netlink& kernel, Settings settings, Log log)
    : loop_{loop}, kernel_{kernel}, settings_{std::move(settings)}, log_{std::move(log)}, waiter_{loop},
      linkbeat_waiter_{loop} {}

Interfaces::~Interfaces() = default;

Result<std::unique_ptr<Interfaces>> Interfaces::open(lib::event::Loop& loop, lib::netlink::Netlink& kernel,
                                                     Settings settings, Log log) {
  // The constructor is private.
  std::unique_ptr<Interfaces> out{new Interfaces{loop, kernel, std::move(settings), std::move(log)}};
  // First the monitor, then the reading: what changes in between is heard, and hearing it twice does no harm.
  const bool is_asked_for = out->settings_.monitor_buffer != 0;
  auto monitor = lib::netlink::Monitor::open(loop, *out, is_asked_for ? out->settings_.monitor_buffer : kMonitorBuffer,
                                             out->settings_.force_buffer || !is_asked_for, out->settings_.watch_routes);
  if (!monitor) return tl::unexpected{monitor.error()};
  out->monitor_ = std::move(*monitor);
  if (auto read = out->reread(); !read) return tl::unexpected{read.error()};
  out->tasks_.spawn(out->run_debounce());
  out->tasks_.spawn(out->run_linkbeat());
  return out;
}

void Interfaces::add_listener(InterfaceListener& listener) { listeners_.push_back(&listener); }
void Interfaces::remove_listener(InterfaceListener& listener) { std::erase(listeners_, &listener); }

Status Interfaces::reread() {
  const auto links = kernel_.links();
  if (!links) return tl::unexpected{links.error()};
  auto addresses = kernel_.addresses();
  if (!addresses) return tl::unexpected{addresses.error()};
  std::vector<unsigned> gone;
  for (const auto& [index, known] : interfaces_)
    if (std::none_of(links->begin(), links->end(), [&](const Link& link) { return link.index == index; }))
      gone.push_back(index);
  for (const unsigned index : gone) forget(index);
  for (const Link& link : *links) update(link);
  std::map<unsigned, std::vector<InterfaceAddress>> by_index;
  for (auto& address : *addresses) by_index[address.index].push_back(std::move(address));
  for (auto& [index, interface] : interfaces_) set_addresses(interface, std::move(by_index[index]));
  return {};
}

void Interfaces::set_addresses(Interface& interface, std::vector<InterfaceAddress> now) {
  const auto before = std::exchange(interface.addresses, std::move(now));
  const auto& after = interface.addresses;
  const auto holds = [](const std::vector<InterfaceAddress>& list, const InterfaceAddress& one) {
    return std::any_of(list.begin(), list.end(), [&](const auto& other) { return is_same_address(one, other); });
  };
  for (const auto& address : before)
    if (!holds(after, address))
      for (InterfaceListener* listener : listeners_) listener->on_address(address, true);
  for (const auto& address : after)
    if (!holds(before, address))
      for (InterfaceListener* listener : listeners_) listener->on_address(address, false);
}

const Interface* Interfaces::find(unsigned index) const {
  const auto found = interfaces_.find(index);
  return found == interfaces_.end() ? nullptr : &found->second;
}

const Interface* Interfaces::find(std::string_view name) const {
  for (const auto& [index, interface] : interfaces_)
    if (interface.link.name == name) return &interface;
  return nullptr;
}

bool Interfaces::is_up(std::string_view name) const {
  const Interface* found = find(name);
  return found != nullptr && found->is_up;
}

bool Interfaces::has_address(const Address& address) const {
  for (const auto& [index, interface] : interfaces_)
    for (const auto& one : interface.addresses)
      if (one.address.same_host(address)) return true;
  return false;
}

std::optional<Address> Interfaces::source_address(unsigned index, std::uint8_t family,
                                                  std::span<const Address> not_these) const {
  const Interface* interface = find(index);
  if (interface == nullptr) return std::nullopt;
  std::optional<Address> second_best;
  for (const auto& one : interface->addresses) {
    if (one.address.family() != family || one.protocol == kOurProtocol) continue;
    if (std::any_of(not_these.begin(), not_these.end(), [&](const Address& a) { return a.same_host(one.address); }))
      continue;
    if (family == AF_INET) return one.address;
    if (!is_link_local(one.address) || (one.flags & IFA_F_DADFAILED) != 0) continue;
    if ((one.flags & IFA_F_TENTATIVE) == 0) return one.address;
    if (!second_best) second_best = one.address;
  }
  return second_best;
}

void Interfaces::tell(const Interface& interface, InterfaceChange change, const std::string& previous) {
  const auto listeners = listeners_;  // a call may add or remove one
  for (InterfaceListener* listener : listeners) listener->on_interface(interface, change, previous);
}

void Interfaces::on_link(const Link& link, bool gone) {
  if (gone)
    forget(link.index);
  else
    update(link);
}

void Interfaces::update(const Link& link) {
  const auto [at, is_new] = interfaces_.try_emplace(link.index);
  Interface& interface = at->second;
  const Link before = std::exchange(interface.link, link);
  if (is_new) {
    tell(interface, InterfaceChange::Appeared);
    poll_linkbeat(interface);
    settle(interface, true);
    return;
  }
  if (before.name != link.name) tell(interface, InterfaceChange::Renamed, before.name);
  if (before.mac != link.mac || before.mtu != link.mtu || before.master != link.master || before.parent != link.parent)
    tell(interface, InterfaceChange::Reconfigured);
  settle(interface, false);
}

void Interfaces::forget(unsigned index) {
  const auto found = interfaces_.find(index);
  if (found == interfaces_.end()) return;
  pending_.erase(index);
  const auto node = interfaces_.extract(found);  // nobody finds it any more
  Interface interface = node.mapped();
  for (const auto& address : std::exchange(interface.addresses, {}))
    for (InterfaceListener* listener : listeners_) listener->on_address(address, true);
  if (std::exchange(interface.is_up, false)) tell(interface, InterfaceChange::Down);
  tell(interface, InterfaceChange::Gone);
}

void Interfaces::set_delays(std::vector<DebounceDelay> delays) { settings_.delays = std::move(delays); }

Duration Interfaces::delay_of(const Interface& interface, bool up) const {
  const Interface* parent = interface.link.parent != 0 ? find(interface.link.parent) : nullptr;
  for (const DebounceDelay& delay : settings_.delays)
    if (delay.interface == interface.link.name || (parent != nullptr && delay.interface == parent->link.name))
      return up ? delay.up : delay.down;
  return Duration{0};
}

void Interfaces::set_linkbeat(std::vector<parsers::keepalived::LinkbeatInterface> polled) {
  polled_ = std::move(polled);
  for (auto& [index, interface] : interfaces_) {
    interface.has_linkbeat = true;
    poll_linkbeat(interface);
    settle(interface, true);
  }
  linkbeat_waiter_.notify();
}

void Interfaces::poll_linkbeat(Interface& interface) {
  for (const auto& one : polled_)
    if (one.interface == interface.link.name)
      interface.has_linkbeat = probe_link(one.interface, one.how).value_or(true);  // who cannot say is not down for it
}

lib::event::Task<void> Interfaces::run_linkbeat() {
  while (true) {
    co_await linkbeat_waiter_.until(polled_.empty() ? lib::base::kNever : loop_.now() + std::chrono::seconds{1});
    if (polled_.empty()) continue;
    for (auto& [index, interface] : interfaces_) {
      const bool before = interface.has_linkbeat;
      poll_linkbeat(interface);
      if (interface.has_linkbeat != before) settle(interface, false);
    }
  }
}

void Interfaces::settle(Interface& interface, bool at_once) {
  const bool up = interface.link.is_running() && interface.has_linkbeat;
  const unsigned index = interface.link.index;
  if (up == interface.is_up) {
    pending_.erase(index);  // it came back in time
    return;
  }
  const Duration delay = delay_of(interface, up);
  if (at_once || delay.count() == 0) {
    pending_.erase(index);
    change_state(interface, up);
    return;
  }
  if (const auto waits = pending_.find(index); waits != pending_.end() && waits->second.up == up) return;
  pending_[index] = {.up = up, .when = loop_.now() + delay};
  waiter_.notify();
}

void Interfaces::change_state(Interface& interface, bool up) {
  interface.is_up = up;
  tell(interface, up ? InterfaceChange::Up : InterfaceChange::Down);
}

lib::event::Task<void> Interfaces::run_debounce() {
  while (true) {
    lib::base::Instant next = lib::base::kNever;
    for (const auto& [index, waits] : pending_) next = std::min(next, waits.when);
    co_await waiter_.until(next);
    std::vector<unsigned> due;
    for (const auto& [index, waits] : pending_)
      if (waits.when <= loop_.now()) due.push_back(index);
    for (const unsigned index : due) {
      const auto found = interfaces_.find(index);
      const auto waits = pending_.find(index);
      if (waits == pending_.end()) continue;
      const bool up = waits->second.up;
      pending_.erase(waits);
      if (found != interfaces_.end() && found->second.is_up != up) change_state(found->second, up);
    }
  }
}

void Interfaces::on_address(const InterfaceAddress& address, bool gone) {
  const auto found = interfaces_.find(address.index);
  if (found == interfaces_.end()) return;  // its link is gone already: told then
  auto& list = found->second.addresses;
  const auto at =
      std::find_if(list.begin(), list.end(), [&](const InterfaceAddress& one) { return is_same_address(one, address); });
  if (gone) {
    if (at == list.end()) return;
    list.erase(at);
  } else if (at != list.end()) {
    if (*at == address) return;
    *at = address;  // other flags: checked for duplicates, or promoted
  } else {
    list.push_back(address);
  }
  for (InterfaceListener* listener : listeners_) listener->on_address(address, gone);
}

void Interfaces::on_route(const lib::netlink::Route& route, bool gone) {
  for (InterfaceListener* listener : listeners_) listener->on_route(route, gone);
}

void Interfaces::on_rule(const lib::netlink::Rule& rule, bool gone) {
  for (InterfaceListener* listener : listeners_) listener->on_rule(rule, gone);
}

void Interfaces::on_overrun() {
  log_.always("Netlink: Receive buffer overrun on monitor socket - (No buffer space available)");
  log_.always("  - increase the relevant netlink_rcv_bufs global parameter and/or set force");
  if (const auto read = reread(); !read) {
    log_.always("Netlink: cannot read the interfaces again (" + read.error().message + "), going on with what is known");
  }
  for (InterfaceListener* listener : listeners_) listener->on_lost_events();
}

}  // namespace vrrpd::kernel
