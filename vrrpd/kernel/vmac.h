// Virtual MACs: the macvlan (or ipvlan) interfaces of instances with use_vmac or use_ipvlan, and the system settings that
// they need (vrrp-behaviour section 12). Made at the start, again when their parent comes back, removed at the stop.
#pragma once

#include <map>
#include <optional>
#include <string>

#include "lib/event/wait.h"
#include "parsers/keepalived/config.h"
#include "vrrpd/kernel/firewall.h"
#include "vrrpd/kernel/interfaces.h"
#include "vrrpd/kernel/log.h"
#include "vrrpd/kernel/sysctls.h"

namespace vrrpd::kernel {

struct VmacWanted {
  std::string instance;                       // for the log
  parsers::keepalived::VirtualMac kind = parsers::keepalived::VirtualMac::Macvlan;
  std::string parent;
  std::string name;                           // empty: chosen from prefix and VRID
  std::string prefix = "vrrp";
  std::uint8_t vrid = 0;
  std::uint8_t family = AF_INET;
  std::optional<lib::netlink::MacAddress> mac;  // nullopt: RFC 9568 section 7.3
  std::uint32_t group = 0;
  parsers::keepalived::VrrpInstance::IpvlanMode mode = parsers::keepalived::VrrpInstance::IpvlanMode::Bridge;
  std::optional<parsers::keepalived::IpAddress> own_address;  // ipvlan: where adverts come from
  bool needs_ipv6 = false;                    // an IPv4 instance with IPv6 addresses
};

class VirtualMacs : private InterfaceListener {
 public:
  /// All must outlive it; `firewall` may be null.
  VirtualMacs(lib::event::Loop& loop, lib::netlink::Netlink& kernel, Interfaces& interfaces, Sysctls& sysctls,
              Firewall* firewall, Log log);
  /// Removes what it made.
  ~VirtualMacs() override;
  VirtualMacs(const VirtualMacs&) = delete;
  VirtualMacs& operator=(const VirtualMacs&) = delete;

  /// Makes it, or takes over what a former run left, and returns its name; it is in the cache of interfaces then.
  Result<std::string> create(const VmacWanted& wanted);
  void remove(const std::string& name);
  /// A reload may be the first to need one.
  void use_firewall(Firewall* firewall) { firewall_ = firewall; }
  void remove_all();
  /// Whether an IPv4 VMAC answers ARP for its addresses, which a master on its way out does not. Anything but a VMAC of ours
  /// is left alone.
  void answer_arp(const std::string& name, bool answer);

 private:
  struct Vmac {
    VmacWanted wanted;
    unsigned index = 0, parent_index = 0;
    std::vector<std::string> settings;        // sysctls that it holds
    std::optional<Address> link_local;        // the parent's, that it has as its source
    bool is_mute = false;                     // answers no ARP
  };
  void on_interface(const Interface& interface, InterfaceChange change, const std::string& previous) override;
  void on_address(const InterfaceAddress& address, bool gone) override;
  void on_route(const lib::netlink::Route&, bool) override {}
  void on_rule(const lib::netlink::Rule&, bool) override {}
  void on_lost_events() override { refresh_soon(); }

  Result<Vmac> make(const VmacWanted& wanted, const std::string& name);
  const Interface* find_leftover(const VmacWanted& wanted, unsigned parent) const;
  std::string choose_name(const VmacWanted& wanted) const;
  void hold_settings(Vmac& vmac, const std::string& name);
  void hold(Vmac& vmac, const std::string& path, int value);
  void open_reverse_path(Vmac& vmac);
  void copy_link_local(Vmac& vmac);
  void forget(const std::string& name, Vmac& vmac);
  void refresh_soon();
  void refresh();
  lib::event::Task<void> run();

  lib::netlink::Netlink& kernel_;
  Interfaces& interfaces_;
  Sysctls& sysctls_;
  Firewall* firewall_;
  Log log_;
  std::map<std::string, Vmac> vmacs_;         // by name
  bool must_refresh_ = false;
  lib::event::Waiter waiter_;
  lib::event::TaskGroup tasks_;               // last: it uses the rest
};

/// A macvlan as we make them, on that parent with that MAC; `name` empty: whatever it is called. Null: there is none.
const Interface* find_vmac(const Interfaces& interfaces, unsigned parent, const lib::netlink::MacAddress& mac, const std::string& name);

/// 00:00:5e:00:01:VRID, for IPv6 00:00:5e:00:02:VRID.
lib::netlink::MacAddress virtual_router_mac(std::uint8_t family, std::uint8_t vrid);

}  // namespace vrrpd::kernel
