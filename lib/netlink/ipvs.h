// The kernel's IPVS by generic netlink: virtual services, their destinations, statistics, timeouts, sync daemons. Requests are
// short and synchronous. The socket belongs to the network namespace in which open() was called, whichever the caller is in later.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "lib/base/result.h"
#include "lib/net/address.h"

namespace lib::netlink {

/// Values as the kernel has them (linux/ip_vs.h); host order except where said.
struct IpvsStats {
  std::uint64_t connections = 0, packets_in = 0, packets_out = 0, bytes_in = 0, bytes_out = 0;
  std::uint64_t connections_per_s = 0, packets_in_per_s = 0, packets_out_per_s = 0, bytes_in_per_s = 0, bytes_out_per_s = 0;
};

struct IpvsService {
  std::uint8_t family = 0;            // AF_INET, AF_INET6
  std::uint16_t protocol = 0;         // IPPROTO_TCP, ...; 0 with a mark
  lib::net::Address address;          // with its port; unused with a mark
  std::uint32_t fwmark = 0;           // 0: by address
  std::string scheduler;
  std::string persistence_engine;
  std::uint32_t flags = 0;            // IP_VS_SVC_F_*
  std::uint32_t timeout_s = 0;        // persistence
  std::uint32_t netmask = 0;          // IPv4: mask in host order; IPv6: prefix length
  IpvsStats stats;                    // when read
};

struct IpvsDestination {
  lib::net::Address address;          // with its port
  std::uint32_t method = 0;           // IP_VS_CONN_F_MASQ, _TUNNEL, _DROUTE, ...
  std::uint32_t weight = 0;
  std::uint32_t upper_threshold = 0, lower_threshold = 0;
  std::uint8_t tunnel_type = 0;       // IP_VS_CONN_F_TUNNEL_TYPE_*
  std::uint16_t tunnel_port = 0, tunnel_flags = 0;
  std::uint32_t active = 0, inactive = 0, persistent = 0;  // when read
  IpvsStats stats;                                         // when read
};

struct IpvsRequest {
  enum class Kind : std::uint8_t { AddService, EditService, RemoveService, AddDestination, EditDestination, RemoveDestination };
  Kind kind{};
  IpvsService service;
  IpvsDestination destination;
};

struct IpvsTimeouts {
  std::uint32_t tcp_s = 0, tcp_fin_s = 0, udp_s = 0;  // 0 to set: as it is
};

struct IpvsSyncDaemon {
  bool is_master = false;             // else backup
  std::string interface;
  std::uint32_t id = 0;
  std::uint16_t max_length = 0, port = 0;  // 0: the kernel's
  std::uint8_t ttl = 0;
  std::optional<lib::net::Address> group;
};

struct IpvsInfo {
  std::uint32_t version = 0;          // 0x010201: 1.2.1
  std::uint32_t connection_table_size = 0;
};

/// Errors are worded as keepalived's log has them, "IPVS cmd IP_VS_SO_SET_ADD(1154) error: Service already exists(17)
/// (10.1.0.100:tcp:80)", and carry the errno in Error::code.
class Ipvs {
 public:
  /// The kernel loads its module when it has one. "IPVS: Can't initialize ipvs: No such file or directory" when it has none.
  static lib::base::Result<std::unique_ptr<Ipvs>> open();
  ~Ipvs();
  Ipvs(const Ipvs&) = delete;
  Ipvs& operator=(const Ipvs&) = delete;

  lib::base::Result<IpvsInfo> info();
  lib::base::Result<std::vector<IpvsService>> services();
  /// The one with this key (family, protocol, address, mark); nothing: there is none.
  lib::base::Result<std::optional<IpvsService>> service(const IpvsService& key);
  lib::base::Result<std::vector<IpvsDestination>> destinations(const IpvsService& service);
  /// All of them in order, many to a write; one that fails does not stop the rest. One status per request.
  std::vector<lib::base::Status> run(std::span<const IpvsRequest> requests);
  lib::base::Status flush();
  lib::base::Result<IpvsTimeouts> timeouts();
  lib::base::Status set_timeouts(const IpvsTimeouts& timeouts);
  lib::base::Status start_sync(const IpvsSyncDaemon& daemon);
  lib::base::Status stop_sync(const IpvsSyncDaemon& daemon);
  lib::base::Result<std::vector<IpvsSyncDaemon>> sync_daemons();

 private:
  struct Internals;
  explicit Ipvs(std::unique_ptr<Internals> internals);
  std::unique_ptr<Internals> internals_;
};

}  // namespace lib::netlink
