// The virtual-server part of a keepalived.conf as typed data: what checkerd runs. Complete: values are inherited (checker,
// real server, virtual server, built-in), names resolved, ports and families settled.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "lib/net/address.h"
#include "parsers/common/diagnostic.h"
#include "parsers/keepalived/checker.h"
#include "parsers/keepalived/values.h"

namespace parsers::keepalived {

enum class Protocol : std::uint8_t { None, Tcp, Udp, Sctp };  // None: fwmark services

/// How packets reach a server.
struct Forwarding {
  enum class Method : std::uint8_t { Nat, Tunnel, Direct } method = Method::Nat;
  enum class Tunnel : std::uint8_t { IpIp, Gue, Gre } tunnel = Tunnel::IpIp;
  enum class Checksum : std::uint8_t { None, Plain, Remote } checksum = Checksum::None;
  std::uint16_t tunnel_port = 0;         // GUE
  bool operator==(const Forwarding&) const = default;
};

/// One line of a virtual_server_group: addresses first .. last with one port, or a firewall mark.
struct GroupEntry {
  enum class Kind : std::uint8_t { Addresses, Fwmark } kind = Kind::Addresses;
  lib::net::Address first, last;         // inclusive; both with the port
  std::uint32_t fwmark = 0;
  std::uint8_t family = 0;               // AF_INET or AF_INET6; Fwmark: 0 where the virtual server's own counts
  parsers::common::Place place;
};

struct VirtualServerGroup {
  std::string name;
  std::vector<GroupEntry> entries;       // never empty
  parsers::common::Place place;
  bool has_fwmark() const;
};

struct RealServer {
  std::string name;                      // as logs name it: "[10.0.0.2]:tcp:8080"
  lib::net::Address address;             // with its port; 0: that of the connection (fwmark and group services)
  std::uint32_t weight = 1;
  Forwarding forwarding;
  std::uint32_t upper_threshold = 0, lower_threshold = 0;  // connections; 0: no limit
  bool inhibit_on_failure = false;       // weight 0 instead of removal
  bool alpha = false;                    // down until a check has passed
  bool smtp_alert = true;
  std::optional<Command> notify_up, notify_down;
  std::string virtualhost, snmp_name;
  std::vector<Checker> checkers;         // all must pass; none: always up
  parsers::common::Place place;
};

struct SorryServer {
  std::string name;
  lib::net::Address address;
  Forwarding forwarding;
  bool inhibit = false;                  // stays in the table with weight 0
};

struct VirtualServer {
  enum class Kind : std::uint8_t { Address, Fwmark, Group } kind = Kind::Address;
  std::string name;                      // as logs name it: "[10.0.0.1]:tcp:80", "FWM 5", "[GROUP]:0"
  lib::net::Address address;             // Kind::Address, with its port
  std::uint32_t fwmark = 0;              // Kind::Fwmark
  std::size_t group = 0;                 // Kind::Group: into VirtualServers::groups
  std::uint8_t family = 0;               // AF_INET, AF_INET6; Group: for its marks that say none
  Protocol protocol = Protocol::None;
  std::string scheduler = "wlc";
  std::uint8_t scheduler_flags = 0;      // bits 1, 2, 4: flag-1, -2, -3 (sh-fallback is 1, sh-port 2)
  bool one_packet = false;
  std::uint32_t persistence_timeout_s = 0;  // 0: not persistent
  std::uint32_t persistence_mask = 0xffffffff;  // IPv4 clients, host order
  std::uint8_t persistence_prefix = 128;    // IPv6 clients
  std::string persistence_engine;        // empty: none
  bool ha_suspend = false;               // checkers pause while the address is not on this host
  bool alpha = false, omega = false;
  bool smtp_alert = false;
  std::string virtualhost, snmp_name;
  std::uint32_t quorum = 1, hysteresis = 0;
  std::optional<Command> quorum_up, quorum_down;
  std::optional<SorryServer> sorry_server;
  std::vector<RealServer> real_servers;  // never empty; no two of one address and port
  parsers::common::Place place;
};

/// The SSL block: what SSL_GET shows to servers.
struct TlsClient {
  std::string password, ca, certificate, key;
};

/// Everything that checkerd runs.
struct VirtualServers {
  std::vector<VirtualServerGroup> groups;
  std::vector<VirtualServer> servers;
  TlsClient tls;
  std::vector<parsers::common::Place> places;  // where each virtual_server block stands, those that were dropped included
};

/// "tcp", "udp", "sctp", "none".
const char* protocol_name(Protocol protocol);

}  // namespace parsers::keepalived
