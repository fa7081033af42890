// Configurations by chance, out of few addresses, so that services and servers meet.
#pragma once

#include <random>
#include <string>
#include <vector>

#include "tests/unit/checkerd/core/things.h"

namespace things {

class Chance {
 public:
  explicit Chance(std::uint64_t seed) : random_{seed} {}
  /// 0 .. below - 1.
  std::size_t of(std::size_t below) { return std::uniform_int_distribution<std::size_t>{0, below - 1}(random_); }
  bool one_in(std::size_t count) { return of(count) == 0; }

  std::uint16_t port() { return one_in(6) ? 0 : one_in(4) ? 81 : 80; }
  std::uint8_t family() { return one_in(3) ? AF_INET6 : AF_INET; }
  Address host(const std::string& net, std::size_t count) {
    const std::string last = std::to_string(1 + of(count));
    return family() == AF_INET ? at("10.0." + net + "." + last, port()) : at("2001:db8::" + net + ":" + last, port());
  }
  Forwarding forwarding() {
    Forwarding out;
    out.method = static_cast<Forwarding::Method>(of(3));
    return out;
  }

  RealServer real_server() {
    RealServer out;
    out.address = host("1", 4);
    out.name = name_of(out.address);
    out.weight = static_cast<std::uint32_t>(of(4));
    out.forwarding = forwarding();
    out.inhibit_on_failure = one_in(3);
    const bool alpha = one_in(4);
    for (std::size_t count = of(3); count > 0; --count) {
      out.checkers.push_back(checker(alpha));
      out.checkers.back().times.retry = static_cast<unsigned>(of(2));
      if (!one_in(3)) continue;
      MiscCheck script;
      script.dynamic = true;
      out.checkers.back().what = script;
    }
    return out;
  }

  void quorum(VirtualServer& to) {
    std::size_t total = 0;
    for (const RealServer& each : to.real_servers) total += each.weight;
    to.quorum = static_cast<std::uint32_t>(std::min(total, 1 + of(5)));
    to.hysteresis = to.quorum < 2 ? 0 : static_cast<std::uint32_t>(of(to.quorum));
  }

  void sorry_server(VirtualServer& to) {
    to.sorry_server.reset();
    if (one_in(2)) return;
    to.sorry_server = sorry("10.0.1.9", one_in(2));
    if (one_in(2)) to.sorry_server->address = host("1", 4);  // a real server, too
    to.sorry_server->forwarding = forwarding();
  }

  VirtualServer virtual_server() {
    VirtualServer out;
    out.kind = static_cast<VirtualServer::Kind>(of(3));
    out.name = "VS" + std::to_string(of(100));
    out.address = host("0", 2);
    out.fwmark = static_cast<std::uint32_t>(1 + of(3));
    out.group = of(2);
    out.family = out.kind == VirtualServer::Kind::Address ? static_cast<std::uint8_t>(out.address.family()) : family();
    out.protocol = out.kind == VirtualServer::Kind::Fwmark ? Protocol::None : one_in(2) ? Protocol::Udp : Protocol::Tcp;
    out.scheduler = one_in(2) ? "rr" : "wlc";
    out.persistence_timeout_s = one_in(3) ? 50 : 0;
    out.omega = one_in(2);
    for (std::size_t count = 1 + of(4); count > 0; --count) add_server(out);
    quorum(out);
    sorry_server(out);
    return out;
  }

  void add_server(VirtualServer& to) {
    RealServer one = real_server();
    for (const RealServer& each : to.real_servers)
      if (each.address == one.address) return;
    to.real_servers.push_back(std::move(one));
  }

  VirtualServerGroup group(const std::string& name) {
    VirtualServerGroup out;
    out.name = name;
    for (std::size_t count = 1 + of(3); count > 0; --count) {
      GroupEntry entry;
      entry.first = entry.last = host("0", 2);
      entry.family = static_cast<std::uint8_t>(entry.first.family());
      if (entry.first.is_ipv4()) entry.last = at("10.0.0.3", entry.first.port());
      if (one_in(2)) {
        entry.kind = GroupEntry::Kind::Fwmark;
        entry.fwmark = static_cast<std::uint32_t>(1 + of(3));
        entry.family = one_in(2) ? std::uint8_t{0} : family();
      }
      out.entries.push_back(entry);
    }
    return out;
  }

  KeepalivedConfig config() {
    KeepalivedConfig out;
    out.lvs.groups = {group("a"), group("b")};
    for (std::size_t count = 1 + of(3); count > 0; --count) out.lvs.servers.push_back(virtual_server());
    return out;
  }

  /// What people change in a file.
  KeepalivedConfig edited(KeepalivedConfig config) {
    auto& servers = config.lvs.servers;
    if (one_in(4)) servers.push_back(virtual_server());
    if (one_in(4) && servers.size() > 1) servers.erase(servers.begin() + static_cast<std::ptrdiff_t>(of(servers.size())));
    if (one_in(4)) config.lvs.groups[of(2)].entries = group("").entries;
    VirtualServer& one = servers[of(servers.size())];
    if (one_in(3)) one.scheduler = "sh";
    if (one_in(3)) add_server(one);
    if (one_in(3) && one.real_servers.size() > 1) one.real_servers.erase(one.real_servers.begin());
    if (one_in(3)) one.real_servers.back().weight = static_cast<std::uint32_t>(of(4));
    if (one_in(3)) one.real_servers.back().forwarding = forwarding();
    if (one_in(3)) one.real_servers.back().checkers = real_server().checkers;
    if (one_in(3)) one.real_servers.back().inhibit_on_failure ^= true;
    if (one_in(3)) sorry_server(one);
    quorum(one);
    return config;
  }

 private:
  std::mt19937_64 random_;
};

}  // namespace things
