// The load balancer's table as plain values: what should be there, what is there. Every driver speaks it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "lib/net/address.h"
#include "parsers/keepalived/virtual_server.h"

namespace checkerd {

using lib::net::Address;
using parsers::keepalived::Forwarding;
using parsers::keepalived::Protocol;

/// Which packets: of one address, protocol and port, or with a firewall mark.
struct ServiceKey {
  std::uint8_t family = 0;            // AF_INET, AF_INET6
  Protocol protocol = Protocol::None; // None with a mark
  Address address;                    // with its port; AF_UNSPEC with a mark
  std::uint32_t fwmark = 0;           // 0: by address
  bool operator==(const ServiceKey& other) const;
  std::string text() const;           // "10.0.0.1:80 tcp", "fwmark 5"; for messages
};

/// For tables keyed by service; large groups have thousands.
struct ServiceKeyHash {
  std::size_t operator()(const ServiceKey& key) const;
};

struct Service {
  ServiceKey key;
  std::string scheduler = "wlc";
  std::uint8_t scheduler_flags = 0;   // bits 1, 2, 4, as in VirtualServer
  bool one_packet = false;
  std::uint32_t persistence_timeout_s = 0;
  std::uint32_t persistence_mask = 0xffffffff;  // IPv4, host order
  std::uint8_t persistence_prefix = 128;        // IPv6
  std::string persistence_engine;
  bool operator==(const Service&) const = default;
};

struct Destination {
  Address address;                    // with its port; its family may differ from the service's (tunnels)
  Forwarding forwarding;
  std::uint32_t weight = 1;           // 0: no new connections
  std::uint32_t upper_threshold = 0, lower_threshold = 0;
  bool is_same_server(const Destination& other) const;  // address and port
  bool operator==(const Destination& other) const;
};

struct TableEntry {
  Service service;
  std::vector<Destination> destinations;
};

struct Table {
  std::vector<TableEntry> entries;
  const TableEntry* find(const ServiceKey& key) const;
};

/// Virtual servers that name one service (two protocols of a group with a mark) share it: the first one's parameters, the
/// servers of all; a server that several have takes its values from the first one that would send it connections.
Table united(const Table& table);

/// One step from the table that is to the table that should be.
struct Change {
  enum class Kind : std::uint8_t { AddService, EditService, RemoveService, AddDestination, EditDestination, RemoveDestination };
  Kind kind{};
  Service service;                    // for destinations only its key counts
  Destination destination;
};

/// Carries out one change as the kernel does: what exists cannot be added, what does not exist cannot be changed; with a
/// service go its servers. False: nothing was done.
bool apply(const Change& change, Table& table);

}  // namespace checkerd
