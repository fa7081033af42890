// The kernel's links, addresses, routes and rules through libnl: requests, and a monitor of what changes. Only this folder
// knows libnl. Requests are short and synchronous; the monitor is a descriptor on the loop.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "lib/base/result.h"
#include "lib/event/loop.h"
#include "lib/net/address.h"

namespace lib::netlink {

using lib::base::Result;
using lib::base::Status;
using lib::net::Address;
using MacAddress = std::array<std::uint8_t, 6>;

struct Link {
  unsigned index = 0;
  std::string name;
  unsigned flags = 0;            // IFF_*
  unsigned mtu = 0;
  unsigned parent = 0;           // IFLA_LINK: of a VLAN, macvlan, ipvlan
  unsigned master = 0;           // bridge, bond, VRF
  std::string kind;              // "macvlan", "vlan", "bridge", ... or empty
  std::optional<MacAddress> mac;
  std::uint16_t hardware_type = 0;  // ARPHRD_*
  std::uint32_t group = 0;
  std::uint32_t mode = 0;        // of a macvlan: MACVLAN_MODE_*
  std::uint32_t vrf_table = 0;   // of a VRF
  bool is_running() const;       // IFF_UP and IFF_RUNNING: what VRRP takes as "up"
  bool operator==(const Link&) const = default;
};

/// An address on an interface. Also what is asked for: fields that are not set are left to the kernel.
struct InterfaceAddress {
  unsigned index = 0;
  Address address;
  std::uint8_t prefix_length = 0;
  std::string label;
  std::optional<Address> broadcast, peer;
  std::uint8_t scope = 0;
  std::uint32_t flags = 0;       // IFA_F_*
  std::uint8_t protocol = 0;     // IFA_PROTO, 0 unknown
  std::optional<std::uint32_t> preferred_lifetime_s;  // nullopt: forever
  bool operator==(const InterfaceAddress&) const = default;
};

/// A light-weight tunnel of a route ("encap"), as the bytes that Route and NextHop carry.
struct Encapsulation {
  enum class Kind : std::uint8_t { None, Mpls, Ip, Ip6, Ila };
  Kind kind = Kind::None;
  std::vector<std::uint32_t> labels;              // Mpls, outermost first
  std::optional<Address> destination, source;     // Ip, Ip6
  std::uint64_t id = 0, locator = 0;              // Ip, Ip6: tunnel id; Ila
  std::uint8_t ttl = 0, tos = 0;
  std::uint16_t flags = 0;
};
/// The kernel's number of the kind (0: none) and its attributes.
std::pair<std::uint16_t, std::vector<std::uint8_t>> encode_encapsulation(const Encapsulation& wanted);

struct NextHop {
  std::optional<Address> via;
  unsigned index = 0;
  std::uint8_t weight = 1;
  std::uint32_t realms = 0;
  bool onlink = false;
  std::vector<std::uint8_t> encapsulation;  // as in Route
  std::uint16_t encapsulation_type = 0;
  bool operator==(const NextHop&) const = default;
};

/// A route. Rarely used parts (encapsulation) come ready for the message.
struct Route {
  std::uint8_t family = 0, type = 1, scope = 0, protocol = 18, tos = 0;
  std::optional<Address> destination;
  std::uint8_t destination_length = 0;
  std::optional<Address> source;
  std::uint8_t source_length = 0;
  std::optional<Address> preferred_source, via;
  unsigned index = 0;
  std::uint32_t table = 254, realms = 0;
  std::optional<std::uint32_t> metric, expires_s;
  std::optional<std::uint8_t> router_preference, ttl_propagate;
  std::vector<std::pair<std::uint16_t, std::uint32_t>> metrics;  // RTAX_* and value; RTAX_LOCK as a bit set
  std::string congestion_control;
  std::vector<NextHop> next_hops;
  std::vector<std::uint8_t> encapsulation;  // RTA_ENCAP payload, with encapsulation_type
  std::uint16_t encapsulation_type = 0;
  bool onlink = false;
  enum class How : std::uint8_t { Prepend, Add, Append } how = How::Prepend;
  bool operator==(const Route&) const = default;
};

struct Rule {
  std::uint8_t family = 0, action = 1, tos = 0, protocol = 18, ip_protocol = 0;
  bool inverted = false, l3mdev = false;
  std::optional<Address> from, to;
  std::uint8_t from_length = 0, to_length = 0;
  std::uint32_t priority = 0;
  std::optional<std::uint32_t> table, goto_priority, fwmark, fwmark_mask, realms;
  std::optional<std::uint32_t> suppress_prefix_length, suppress_interface_group;
  std::optional<std::uint64_t> tunnel_id;
  std::string in_interface, out_interface;
  std::optional<std::pair<std::uint32_t, std::uint32_t>> uid_range;
  std::optional<std::pair<std::uint16_t, std::uint16_t>> source_ports, destination_ports;
  bool operator==(const Rule&) const = default;
};

/// A request socket. Errors carry the kernel's errno in Error::code.
class Netlink {
 public:
  /// `receive_buffer` in bytes, 0 the kernel's; `force` past the system's limit.
  static Result<std::unique_ptr<Netlink>> open(std::uint32_t receive_buffer = 0, bool force = false);
  ~Netlink();
  Netlink(const Netlink&) = delete;
  Netlink& operator=(const Netlink&) = delete;

  Result<std::vector<Link>> links();
  Result<std::vector<InterfaceAddress>> addresses();
  /// Routes of one table; of all tables when `table` is 0.
  Result<std::vector<Route>> routes(std::uint8_t family, std::uint32_t table);
  Result<std::vector<Rule>> rules(std::uint8_t family);
  /// One link as it is now; fails with ENODEV when there is none of that name.
  Result<Link> find_link(const std::string& name);

  /// Adding what is there already, and removing what is not, are successes; but a route to be added with How::Add wants to
  /// be the only one.
  Status add_address(const InterfaceAddress& address);
  Status remove_address(const InterfaceAddress& address);
  Status add_route(const Route& route);
  Status remove_route(const Route& route);
  Status add_rule(const Rule& rule);
  Status remove_rule(const Rule& rule);
  /// Many at once, in one write each way: for hundreds of addresses. One status per address, in order.
  std::vector<Status> add_addresses(std::span<const InterfaceAddress> addresses);
  std::vector<Status> remove_addresses(std::span<const InterfaceAddress> addresses);

  struct Macvlan {
    std::string name;
    unsigned parent = 0;
    MacAddress mac{};
    std::uint32_t group = 0;
  };
  Result<unsigned> add_macvlan(const Macvlan& wanted);        ///< private mode, no link-local address; its index
  struct Ipvlan {
    std::string name;
    unsigned parent = 0;
    std::uint16_t flags = 0;    // IPVLAN_F_*
    std::uint32_t group = 0;
  };
  Result<unsigned> add_ipvlan(const Ipvlan& wanted);          ///< L2 mode
  Status set_up(unsigned index, bool up);
  Status set_mtu(unsigned index, unsigned mtu);
  Status remove_link(unsigned index);

 private:
  struct Internals;
  explicit Netlink(std::unique_ptr<Internals> internals);
  std::unique_ptr<Internals> internals_;
};

/// What changed in the kernel. After an overrun (ENOBUFS) events are lost: the listener reads everything again.
class Listener {
 public:
  virtual ~Listener() = default;
  virtual void on_link(const Link& link, bool gone) = 0;
  virtual void on_address(const InterfaceAddress& address, bool gone) = 0;
  virtual void on_route(const Route& route, bool gone) = 0;
  virtual void on_rule(const Rule& rule, bool gone) = 0;
  virtual void on_overrun() = 0;
};

class Monitor {
 public:
  /// `receive_buffer` in bytes, 0 the kernel's; `force` past the system's limit.
  /// Without `with_routes` it hears of links and addresses only: a router may change thousands of routes a second.
  static Result<std::unique_ptr<Monitor>> open(lib::event::Loop& loop, Listener& listener, std::uint32_t receive_buffer,
                                               bool force, bool with_routes = true);
  ~Monitor();
  Monitor(const Monitor&) = delete;
  Monitor& operator=(const Monitor&) = delete;

 private:
  struct Internals;
  explicit Monitor(std::unique_ptr<Internals> internals);
  std::unique_ptr<Internals> internals_;
};

/// A file below /proc/sys/net; "ipv4/conf/eth0/arp_ignore". An interface name may hold dots.
Result<int> read_sysctl(const std::string& path);
Status write_sysctl(const std::string& path, int value);

}  // namespace lib::netlink
