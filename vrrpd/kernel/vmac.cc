#include "vrrpd/kernel/vmac.h"

#include <fmt/format.h>
#include <linux/if_addr.h>
#include <linux/if_link.h>
#include <net/if.h>

#include <algorithm>
#include <utility>

#include "vrrpd/kernel/convert.h"

namespace vrrpd::kernel {

namespace {

using parsers::keepalived::VirtualMac;

/// "vrrp" + "6." + "60", the prefix shortened so that it fits an interface's name.
std::string fitted(const std::string& prefix, const std::string& tail) {
  return prefix.substr(0, IFNAMSIZ - 1 - tail.size()) + tail;
}

std::string conf(std::string_view family, const std::string& interface, std::string_view setting) {
  return fmt::format("{}/conf/{}/{}", family, interface, setting);
}

lib::netlink::MacAddress mac_of(const VmacWanted& wanted) {
  return wanted.mac.value_or(virtual_router_mac(wanted.family, wanted.vrid));
}

}  // namespace

const Interface* find_vmac(const Interfaces& interfaces, unsigned parent, const lib::netlink::MacAddress& mac, const std::string& name) {
  for (const auto& [index, one] : interfaces.all())
    if (one.link.kind == "macvlan" && one.link.mode == MACVLAN_MODE_PRIVATE && one.link.parent == parent && one.link.mac == mac && (name.empty() || name == one.link.name)) return &one;
  return nullptr;
}

lib::netlink::MacAddress virtual_router_mac(std::uint8_t family, std::uint8_t vrid) {
  return {0x00, 0x00, 0x5e, 0x00, family == AF_INET6 ? std::uint8_t{2} : std::uint8_t{1}, vrid};
}

VirtualMacs::VirtualMacs(lib::event::Loop& loop, lib::netlink::Netlink& kernel, Interfaces& interfaces,
                         Sysctls& sysctls, Firewall* firewall, Log log)
    : kernel_{kernel}, interfaces_{interfaces}, sysctls_{sysctls}, firewall_{firewall}, log_{std::move(log)}, waiter_{loop} {
  interfaces_.add_listener(*this);
  tasks_.spawn(run());
}

VirtualMacs::~VirtualMacs() {
  interfaces_.remove_listener(*this);
  remove_all();
}

/// A former run's.
const Interface* VirtualMacs::find_leftover(const VmacWanted& wanted, unsigned parent) const {
  if (wanted.kind != VirtualMac::Macvlan) return nullptr;
  const Interface* const found = find_vmac(interfaces_, parent, mac_of(wanted), wanted.name);
  return found == nullptr || vmacs_.contains(found->link.name) ? nullptr : found;
}

std::string VirtualMacs::choose_name(const VmacWanted& wanted) const {
  if (!wanted.name.empty()) return wanted.name;
  const std::string number = "." + std::to_string(wanted.vrid);
  std::string name = fitted(wanted.prefix, number);
  if (interfaces_.find(name) == nullptr) return name;
  if (wanted.family == AF_INET6) {
    name = fitted(wanted.prefix, "6" + number);
    if (interfaces_.find(name) == nullptr) return name;
  }
  for (unsigned i = 1; interfaces_.find(name) != nullptr && i < 10'000; ++i)
    name = fitted(wanted.prefix, std::to_string(i) + number);
  return name;
}

Result<std::string> VirtualMacs::create(const VmacWanted& wanted) {
  const Interface* parent = interfaces_.find(wanted.parent);
  if (parent == nullptr) return lib::base::failure("interface " + wanted.parent + " does not exist", ENODEV);
  const Interface* leftover = find_leftover(wanted, parent->link.index);
  const std::string name = leftover != nullptr ? leftover->link.name : choose_name(wanted);
  auto made = make(wanted, name);
  if (!made) return tl::unexpected{made.error()};
  vmacs_[name] = std::move(*made);
  return name;
}

Result<VirtualMacs::Vmac> VirtualMacs::make(const VmacWanted& wanted, const std::string& name) {
  const Interface* parent = interfaces_.find(wanted.parent);
  if (parent == nullptr) return lib::base::failure("interface " + wanted.parent + " does not exist", ENODEV);
  Vmac out;
  out.wanted = wanted;
  out.parent_index = parent->link.index;
  if (const Interface* leftover = find_leftover(wanted, out.parent_index); leftover != nullptr) {
    log_.always(fmt::format("({}) Found matching interface {}", wanted.instance, name));
    out.index = leftover->link.index;
  } else {
    if (const Interface* taken = interfaces_.find(name); taken != nullptr)
      return lib::base::failure("interface " + name + " exists and is not the VMAC that is asked for", EEXIST);
    const auto made =
        wanted.kind == VirtualMac::Macvlan
            ? kernel_.add_macvlan({.name = name, .parent = out.parent_index, .mac = mac_of(wanted), .group = wanted.group})
            : kernel_.add_ipvlan({.name = name, .parent = out.parent_index,
                                  .flags = static_cast<std::uint16_t>(wanted.mode), .group = wanted.group});
    if (!made) return tl::unexpected{made.error()};
    out.index = *made;
    log_.always(fmt::format("({}): Success creating VMAC interface {}", wanted.instance, name));
  }
  hold_settings(out, name);
  if (auto done = kernel_.set_up(out.index, true); !done)
    log_.always(fmt::format("({}) cannot bring {} up - Netlink: error: {}", wanted.instance, name, done.error().message));
  if (auto read = interfaces_.reread(); !read) return tl::unexpected{read.error()};
  if (wanted.family == AF_INET6) copy_link_local(out);
  if (wanted.own_address)
    if (auto address = to_kernel(*wanted.own_address, name, interfaces_)) {
      address->index = out.index;
      address->protocol = 0;  // adverts come from it: it is no virtual address
      if (auto done = kernel_.add_address(*address); !done) return tl::unexpected{done.error()};
    }
  if (firewall_ != nullptr && wanted.kind == VirtualMac::Macvlan)
    if (auto done = firewall_->add_vmac(out.index, out.parent_index, wanted.family == AF_INET6); !done)
      log_.always(fmt::format("({}) {}", wanted.instance, done.error().message));
  if (auto read = interfaces_.reread(); !read) return tl::unexpected{read.error()};
  return out;
}

void VirtualMacs::hold(Vmac& vmac, const std::string& path, int value) {
  if (auto done = sysctls_.hold(path, value); !done) {
    log_.always(fmt::format("({}) cannot set sysctl {}: {}", vmac.wanted.instance, path, done.error().message));
    return;
  }
  vmac.settings.push_back(path);
}

void VirtualMacs::hold_settings(Vmac& vmac, const std::string& name) {
  if (vmac.wanted.kind != VirtualMac::Macvlan) return;
  if (vmac.wanted.family == AF_INET6) {
    // It hears ARP all the same, and would answer with its MAC for IPv4 addresses that stand elsewhere, those of an IPv4
    // VMAC above all. The original lets it.
    if (auto done = lib::netlink::write_sysctl(conf("ipv4", name, "arp_ignore"), 1); !done)
      log_.always(fmt::format("({}) cannot set sysctl {}", vmac.wanted.instance, done.error().message));
    return;
  }
  // Both the VMAC and its parent would answer for each other's addresses, with the wrong MAC.
  hold(vmac, conf("ipv4", vmac.wanted.parent, "arp_ignore"), 1);
  hold(vmac, conf("ipv4", vmac.wanted.parent, "arp_filter"), 1);
  open_reverse_path(vmac);
  // The VMAC's own settings go with it: nothing to restore.
  for (const auto& [setting, value] :
       {std::pair{"arp_ignore", 1}, {"accept_local", 1}, {"rp_filter", 0}, {"promote_secondaries", 1}})
    if (auto done = lib::netlink::write_sysctl(conf("ipv4", name, setting), value); !done)
      log_.always(fmt::format("({}) cannot set sysctl {}", vmac.wanted.instance, done.error().message));
  // It has no business there. A kernel without IPv6 has no such setting.
  if (!vmac.wanted.needs_ipv6) (void)lib::netlink::write_sysctl(conf("ipv6", name, "disable_ipv6"), 1);
}

/// The kernel takes the stricter of "all" and the interface's own: "all" must not be strict for a VMAC to hear. The other
/// interfaces keep what they had in effect.
void VirtualMacs::open_reverse_path(Vmac& vmac) {
  const std::string all = conf("ipv4", "all", "rp_filter");
  const int* original = sysctls_.original(all);
  const int before = original != nullptr ? *original : lib::netlink::read_sysctl(all).value_or(0);
  if (before == 0) return;
  if (original == nullptr) {
    std::vector<std::string> names{"default"};
    for (const auto& [index, one] : interfaces_.all())
      if (!vmacs_.contains(one.link.name) && (one.link.flags & IFF_LOOPBACK) == 0) names.push_back(one.link.name);
    for (const std::string& name : names) {
      const std::string path = conf("ipv4", name, "rp_filter");
      const int own = lib::netlink::read_sysctl(path).value_or(before);
      if (own >= before) continue;
      if (name == "default")
        log_.always(fmt::format("NOTICE: setting sysctl net.ipv4.conf.default.rp_filter from {} to {}", own, before));
      if (auto done = sysctls_.hold(path, before); !done)
        log_.always(fmt::format("cannot set sysctl {}: {}", path, done.error().message));
    }
    log_.always(fmt::format("NOTICE: setting sysctl net.ipv4.conf.all.rp_filter from {} to 0", before));
  }
  hold(vmac, all, 0);
}

/// Adverts over IPv6 come from a link-local address, and the VMAC makes none: it gets its parent's. Deprecated, so that
/// nothing else uses it; without DAD, as the parent has it.
void VirtualMacs::copy_link_local(Vmac& vmac) {
  const auto wanted = interfaces_.source_address(vmac.parent_index, AF_INET6);
  if (!wanted || (vmac.link_local && vmac.link_local->same_host(*wanted))) return;
  InterfaceAddress address;
  address.index = vmac.index;
  address.prefix_length = 64;
  address.flags = IFA_F_NODAD;
  address.preferred_lifetime_s = 0;
  if (vmac.link_local) {
    address.address = *vmac.link_local;
    (void)kernel_.remove_address(address);  // the parent's old one; gone with the VMAC at the latest
  }
  address.address = *wanted;
  if (auto done = kernel_.add_address(address); !done) {
    log_.always(fmt::format("({}) cannot set {} on its VMAC - Netlink: error: {}", vmac.wanted.instance, wanted->host(),
                            done.error().message));
    return;
  }
  vmac.link_local = wanted;
}

void VirtualMacs::answer_arp(const std::string& name, bool answer) {
  const auto found = vmacs_.find(name);
  if (found == vmacs_.end() || found->second.wanted.family == AF_INET6 || found->second.wanted.kind != VirtualMac::Macvlan) return;
  if (std::exchange(found->second.is_mute, !answer) == !answer) return;
  (void)lib::netlink::write_sysctl(conf("ipv4", name, "arp_ignore"), answer ? 1 : 8);  // gone with its interface: as well
}

void VirtualMacs::forget(const std::string& name, Vmac& vmac) {
  for (const std::string& path : vmac.settings) sysctls_.release(path);
  vmac.settings.clear();
  if (firewall_ != nullptr)
    if (auto done = firewall_->remove_vmac(vmac.index, vmac.wanted.family == AF_INET6); !done)
      log_.always(fmt::format("({}) {}", vmac.wanted.instance, done.error().message));
  if (auto done = kernel_.remove_link(vmac.index); !done)
    log_.always(fmt::format("({}) Failure removing VMAC interface {} - Netlink: error: {}", vmac.wanted.instance, name,
                            done.error().message));
  else
    log_.always(fmt::format("({}) Success removing VMAC interface {}", vmac.wanted.instance, name));
}

void VirtualMacs::remove(const std::string& name) {
  const auto found = vmacs_.find(name);
  if (found == vmacs_.end()) return;
  forget(name, found->second);
  vmacs_.erase(found);
}

void VirtualMacs::remove_all() {
  for (auto& [name, vmac] : vmacs_) forget(name, vmac);
  vmacs_.clear();
}

void VirtualMacs::refresh_soon() {
  if (vmacs_.empty()) return;
  must_refresh_ = true;
  waiter_.notify();
}

void VirtualMacs::on_interface(const Interface& interface, InterfaceChange change, const std::string&) {
  if (change == InterfaceChange::Down || change == InterfaceChange::Reconfigured) return;
  for (const auto& [name, vmac] : vmacs_)
    if (vmac.wanted.parent == interface.link.name || name == interface.link.name) refresh_soon();
}

void VirtualMacs::on_address(const InterfaceAddress& address, bool) {
  for (const auto& [name, vmac] : vmacs_)
    if (vmac.parent_index == address.index && address.address.is_ipv6()) refresh_soon();
}

/// A parent that was gone is back, came up, or has another address.
void VirtualMacs::refresh() {
  if (auto read = interfaces_.reread(); !read) return;  // the next event tries again
  for (auto& [name, vmac] : vmacs_) {
    const Interface* parent = interfaces_.find(vmac.wanted.parent);
    if (parent == nullptr) continue;
    if (interfaces_.find(vmac.index) == nullptr) {
      for (const std::string& path : std::exchange(vmac.settings, {})) sysctls_.release(path);
      const VmacWanted wanted = vmac.wanted;
      auto made = make(wanted, name);
      if (!made) {
        log_.always(fmt::format("({}) cannot create VMAC interface {} - {}", wanted.instance, name, made.error().message));
        continue;
      }
      vmac = std::move(*made);
      continue;
    }
    const Interface* own = interfaces_.find(vmac.index);
    if ((own->link.flags & IFF_UP) == 0 && (parent->link.flags & IFF_UP) != 0)
      (void)kernel_.set_up(vmac.index, true);  // its state is told by the monitor
    if (vmac.wanted.family == AF_INET6) {
      if (vmac.link_local && std::none_of(own->addresses.begin(), own->addresses.end(), [&](const auto& one) {
            return one.address.same_host(*vmac.link_local);
          }))
        vmac.link_local.reset();  // it went when the interface was down
      copy_link_local(vmac);
    }
  }
}

lib::event::Task<void> VirtualMacs::run() {
  while (true) {
    co_await waiter_.until(lib::base::kNever);
    co_await waiter_.yield();  // the events of this moment are read first
    if (std::exchange(must_refresh_, false)) refresh();
  }
}

}  // namespace vrrpd::kernel
