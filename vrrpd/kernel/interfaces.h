// What interfaces there are, with their addresses, kept as the kernel has them: fed by the netlink monitor, and read again
// after it lost events. Tells its listeners what changes; up and down may be debounced (interface_up_down_delays).
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "lib/event/loop.h"
#include "lib/event/wait.h"
#include "lib/netlink/netlink.h"
#include "parsers/keepalived/config.h"
#include "vrrpd/kernel/log.h"

namespace vrrpd::kernel {

using lib::base::Result;
using lib::base::Status;
using lib::netlink::InterfaceAddress;
using lib::netlink::Link;

struct Interface {
  Link link;
  std::vector<InterfaceAddress> addresses;  // in the kernel's order
  bool is_up = false;                       // IFF_UP and IFF_RUNNING, after the debounce
  bool has_linkbeat = true;                 // what its driver last said when asked (linkbeat polling)
};

enum class InterfaceChange : std::uint8_t {
  Appeared,      // created, or again after it was gone: the index is another one
  Gone,
  Renamed,       // `previous` is the old name
  Up, Down,
  Reconfigured,  // MAC, MTU, parent or master
};

/// Listeners outlive the cache or leave it first. They may read the cache in a call, not change it.
class InterfaceListener {
 public:
  virtual ~InterfaceListener() = default;
  virtual void on_interface(const Interface& interface, InterfaceChange change, const std::string& previous) = 0;
  virtual void on_address(const InterfaceAddress& address, bool gone) = 0;
  virtual void on_route(const lib::netlink::Route& route, bool gone) = 0;
  virtual void on_rule(const lib::netlink::Rule& rule, bool gone) = 0;
  /// Events were lost. Links and addresses have been read again and compared; routes and rules must be looked at.
  virtual void on_lost_events() = 0;
};

struct DebounceDelay {
  std::string interface;
  Duration down{0}, up{0};
};

class Interfaces : private lib::netlink::Listener {
 public:
  struct Settings {
    std::uint32_t monitor_buffer = 0;
    bool force_buffer = false;
    bool watch_routes = true;
    std::vector<DebounceDelay> delays;   // a VMAC has its parent's
  };
  /// `kernel` must outlive it.
  static Result<std::unique_ptr<Interfaces>> open(lib::event::Loop& loop, lib::netlink::Netlink& kernel,
                                                  Settings settings, Log log);
  ~Interfaces() override;
  Interfaces(const Interfaces&) = delete;
  Interfaces& operator=(const Interfaces&) = delete;

  void add_listener(InterfaceListener& listener);
  void remove_listener(InterfaceListener& listener);
  /// Reads all and tells what differs from what was known: at start-up, after we made links ourselves, after an overrun.
  Status reread();
  void set_delays(std::vector<DebounceDelay> delays);
  /// Interfaces whose drivers are asked for their link each second; without it they count as down.
  void set_linkbeat(std::vector<parsers::keepalived::LinkbeatInterface> polled);

  const Interface* find(unsigned index) const;
  const Interface* find(std::string_view name) const;
  const std::map<unsigned, Interface>& all() const { return interfaces_; }
  bool is_up(std::string_view name) const;
  /// The address that adverts come from: the first IPv4 address, or the first link-local IPv6 address, that is not ours
  /// (protocol 18) and not among `not_these`; an IPv6 address that is still checked for duplicates only when there is no
  /// other.
  std::optional<Address> source_address(unsigned index, std::uint8_t family,
                                        std::span<const Address> not_these = {}) const;
  bool has_address(const Address& address) const;

 private:
  Interfaces(lib::event::Loop& loop, lib::netlink::Netlink& kernel, Settings settings, Log log);
  void on_link(const Link& link, bool gone) override;
  void on_address(const InterfaceAddress& address, bool gone) override;
  void on_route(const lib::netlink::Route& route, bool gone) override;
  void on_rule(const lib::netlink::Rule& rule, bool gone) override;
  void on_overrun() override;

  struct Pending {
    bool up = false;
    lib::base::Instant when;
  };
  void update(const Link& link);
  void forget(unsigned index);
  void settle(Interface& interface, bool at_once);
  void change_state(Interface& interface, bool up);
  Duration delay_of(const Interface& interface, bool up) const;
  lib::event::Task<void> run_debounce();
  void poll_linkbeat(Interface& interface);
  lib::event::Task<void> run_linkbeat();
  void tell(const Interface& interface, InterfaceChange change, const std::string& previous = {});
  void set_addresses(Interface& interface, std::vector<InterfaceAddress> now);

  lib::event::Loop& loop_;
  lib::netlink::Netlink& kernel_;
  Settings settings_;
  Log log_;
  std::map<unsigned, Interface> interfaces_;
  std::map<unsigned, Pending> pending_;      // by index: states that wait for their delay
  std::vector<InterfaceListener*> listeners_;
  std::vector<parsers::keepalived::LinkbeatInterface> polled_;
  lib::event::Waiter waiter_, linkbeat_waiter_;
  std::unique_ptr<lib::netlink::Monitor> monitor_;
  lib::event::TaskGroup tasks_;
};

}  // namespace vrrpd::kernel
