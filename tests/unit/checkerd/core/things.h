// Virtual servers for tests: 10.0.0.1:80 with real servers 10.0.1.1, .2, ... of one check each.
#pragma once

#include <sys/socket.h>

#include <string>
#include <vector>

#include "checkerd/core/pool.h"

namespace things {

using namespace checkerd;
using parsers::keepalived::Checker;
using parsers::keepalived::GroupEntry;
using parsers::keepalived::KeepalivedConfig;
using parsers::keepalived::MiscCheck;
using parsers::keepalived::RealServer;
using parsers::keepalived::SorryServer;
using parsers::keepalived::TcpCheck;

using Lines = std::vector<std::string>;
using Groups = std::vector<VirtualServerGroup>;
inline const Groups kNoGroups;

inline Address at(const std::string& host, std::uint16_t port = 80) {
  Address out = *Address::parse(host);
  out.set_port(port);
  return out;
}

inline std::string name_of(const Address& address) { return "[" + address.host() + "]:tcp:" + std::to_string(address.port()); }

inline Checker checker(bool alpha = false) {
  Checker out;
  out.what = TcpCheck{};
  out.times.alpha = alpha;
  return out;
}

inline RealServer server(const std::string& host, std::uint32_t weight, std::size_t checkers = 1, std::uint16_t port = 80) {
  RealServer out;
  out.address = at(host, port);
  out.name = name_of(out.address);
  out.weight = weight;
  for (std::size_t i = 0; i < checkers; ++i) {
    out.checkers.push_back(checker());
    out.checkers.back().target.to = at(host, static_cast<std::uint16_t>(port + i));
  }
  return out;
}

inline VirtualServer service(const std::vector<std::uint32_t>& weights, std::uint32_t quorum = 1, std::uint32_t hysteresis = 0) {
  VirtualServer out;
  out.address = at("10.0.0.1");
  out.name = name_of(out.address);
  out.family = AF_INET;
  out.protocol = Protocol::Tcp;
  out.quorum = quorum;
  out.hysteresis = hysteresis;
  std::size_t i = 0;
  for (const std::uint32_t weight : weights) out.real_servers.push_back(server("10.0.1." + std::to_string(++i), weight));
  return out;
}

inline SorryServer sorry(const std::string& host = "10.0.1.99", bool inhibit = false) {
  SorryServer out;
  out.address = at(host);
  out.name = name_of(out.address);
  out.inhibit = inhibit;
  return out;
}

inline void make_alpha(VirtualServer& conf) {
  conf.alpha = true;
  for (RealServer& each : conf.real_servers) {
    each.alpha = true;
    for (Checker& one : each.checkers) one.times.alpha = true;
  }
}

inline void make_inhibiting(VirtualServer& conf) {
  for (RealServer& each : conf.real_servers) each.inhibit_on_failure = true;
}

/// Log lines as they are; "table"; "rs 0 UP", "rs 0 up" where it is not told; "vs DOWN (Lost quorum 1-0=1 > 0)".
inline Lines texts(const Actions& actions) {
  Lines out;
  for (const Action& each : actions) {
    const std::string state = each.tells ? (each.up ? "UP" : "DOWN") : each.up ? "up" : "down";
    const std::string remark = each.text.empty() ? "" : " (" + each.text + ")";
    switch (each.kind) {
      case ActionKind::Log: out.push_back(each.text); break;
      case ActionKind::TableChanged: out.push_back("table"); break;
      case ActionKind::ServerChanged: out.push_back("rs " + std::to_string(each.server) + ' ' + state + remark); break;
      case ActionKind::QuorumChanged: out.push_back("vs " + state + remark); break;
    }
  }
  return out;
}

/// "10.0.0.1:80 tcp: 10.0.1.1:80/1 10.0.1.2:80/0", a line each service.
inline Lines texts(const std::vector<TableEntry>& entries) {
  Lines out;
  for (const TableEntry& entry : entries) {
    std::string line = entry.service.key.text() + ':';
    for (const Destination& each : entry.destinations) line += ' ' + each.address.text() + '/' + std::to_string(each.weight);
    out.push_back(line);
  }
  return out;
}

/// What one virtual server at 10.0.0.1:80 has in the table: "1/1 2/0 99/1", the servers by their last number.
inline std::string table(const Pool& pool) {
  std::string out;
  for (const TableEntry& entry : pool.wanted())
    for (const Destination& each : entry.destinations) {
      const std::string host = each.address.host();
      out += (out.empty() ? "" : " ") + host.substr(host.rfind('.') + 1) + '/' + std::to_string(each.weight);
    }
  return out;
}

/// Runs one event and says what came of it.
template <class Event>
Lines of(const Event& event) {
  Actions out;
  event(out);
  return texts(out);
}

inline Lines check(Pool& pool, std::size_t server, bool up, std::size_t which = 0) {
  return of([&](Actions& out) { pool.on_check(server, which, up, out); });
}

}  // namespace things
