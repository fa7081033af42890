#include "checkerd/core/reload_plan.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "keepalived/plan/globals_plan.h"
#include "keepalived/plan/named.h"

namespace checkerd {

using keepalived::plan::command;
using lib::plan::Comparison;
using parsers::keepalived::BfdCheck;
using parsers::keepalived::Checker;
using parsers::keepalived::FileCheck;
using parsers::keepalived::Forwarding;
using parsers::keepalived::GroupEntry;
using parsers::keepalived::KeepalivedConfig;
using parsers::keepalived::Protocol;
using parsers::keepalived::RealServer;
using parsers::keepalived::SorryServer;
using parsers::keepalived::VirtualServer;
using parsers::keepalived::VirtualServerGroup;

namespace {

/// As the file writes it, in one word: "10.0.0.1:80", without a port where there is none.
std::string text_of(const lib::net::Address& address) { return address.port() != 0 ? address.text() : address.host(); }

std::string text_of(const Forwarding& forwarding) {
  constexpr const char* kTunnels[] = {"ipip", "gue", "gre"};
  constexpr const char* kChecksums[] = {"", " csum", " remcsum"};
  switch (forwarding.method) {
    case Forwarding::Method::Nat: return "NAT";
    case Forwarding::Method::Direct: return "DR";
    case Forwarding::Method::Tunnel: break;
  }
  return fmt::format("TUN {}{}{}", kTunnels[static_cast<std::size_t>(forwarding.tunnel)], forwarding.tunnel_port != 0 ? fmt::format(" port {}", forwarding.tunnel_port) : "",
                     kChecksums[static_cast<std::size_t>(forwarding.checksum)]);
}

std::string text_of(const std::optional<SorryServer>& sorry) {
  if (!sorry) return "none";
  return fmt::format("{} {}{}", text_of(sorry->address), text_of(sorry->forwarding), sorry->inhibit ? " inhibit" : "");
}

std::string text_of(const GroupEntry& entry) {
  if (entry.kind == GroupEntry::Kind::Fwmark) return fmt::format("fwmark {}{}", entry.fwmark, entry.family == AF_INET6 ? " inet6" : "");
  if (entry.first == entry.last) return entry.first.text();
  return fmt::format("{} - {}", entry.first.text(), entry.last.text());
}

/// A protocol that is not the usual one.
std::string protocol_of(const VirtualServer& server) {
  if (server.protocol == Protocol::Tcp || server.protocol == Protocol::None) return {};
  return std::string{" "} + parsers::keepalived::protocol_name(server.protocol);
}

std::string thing(const RealServer& server, const std::string& owner) { return fmt::format("real_server {} of {}", text_of(server.address), owner); }

/// Of each thing of `after`: the number of the thing of `before` that is the same, each at most once.
template <class T, class Same>
std::vector<std::optional<std::size_t>> match(const std::vector<T>& before, const std::vector<T>& after, const Same& same) {
  std::vector<bool> taken(before.size(), false);
  std::vector<std::optional<std::size_t>> out;
  for (const T& one : after) {
    std::size_t i = 0;
    while (i < before.size() && (taken[i] || !same(before[i], one))) ++i;
    if (i < before.size()) taken[i] = true;
    out.push_back(i < before.size() ? std::optional{i} : std::nullopt);
  }
  return out;
}

std::vector<std::size_t> without_match(std::size_t count, const std::vector<std::optional<std::size_t>>& matches) {
  std::vector<std::size_t> out;
  for (std::size_t i = 0; i < count; ++i)
    if (std::find(matches.begin(), matches.end(), std::optional{i}) == matches.end()) out.push_back(i);
  return out;
}

class Planner {
 public:
  Planner(const KeepalivedConfig& before, const KeepalivedConfig& after) : before_{before}, after_{after} {}

  ReloadPlan plan() {
    keepalived::plan::compare_globals(keepalived::plan::Part::Checkers, before_, after_, out_);
    compare_groups();
    const auto same = [this](const VirtualServer& a, const VirtualServer& b) { return is_same(a, b); };
    const auto was = match(before_.lvs.servers, after_.lvs.servers, same);
    for (std::size_t i = 0; i < was.size(); ++i) {
      const VirtualServer& server = after_.lvs.servers[i];
      if (was[i]) plan_.servers.push_back(compare(*was[i], server));
      else add_new(server);
    }
    plan_.removed = without_match(before_.lvs.servers.size(), was);
    for (const std::size_t i : plan_.removed) out_.remove(thing(before_.lvs.servers[i], before_));
    const auto &a = before_.lvs.tls, &b = after_.lvs.tls;
    Comparison of{out_, "SSL"};
    of.secret("password", a.password == b.password);
    of.value("ca", a.ca, b.ca);
    of.value("certificate", a.certificate, b.certificate);
    of.value("key", a.key, b.key);
    keepalived::plan::track_files(out_, before_, after_);
    keepalived::plan::bfd_instances(out_, before_, after_);
    return std::move(plan_);
  }

 private:
  /// "virtual_server 10.0.0.1:53 udp".
  static std::string thing(const VirtualServer& server, const KeepalivedConfig& config) {
    switch (server.kind) {
      case VirtualServer::Kind::Address: return "virtual_server " + text_of(server.address) + protocol_of(server);
      case VirtualServer::Kind::Fwmark: return fmt::format("virtual_server fwmark {}{}", server.fwmark, server.family == AF_INET6 ? " inet6" : "");
      case VirtualServer::Kind::Group: break;
    }
    return fmt::format("virtual_server group {}{}", config.lvs.groups[server.group].name, protocol_of(server));
  }
  using Checkers = std::vector<Checker>;

  bool is_same(const VirtualServer& a, const VirtualServer& b) const {
    if (a.kind != b.kind || a.protocol != b.protocol) return false;
    switch (a.kind) {
      case VirtualServer::Kind::Address: return a.address == b.address;
      case VirtualServer::Kind::Fwmark: return a.fwmark == b.fwmark && a.family == b.family;
      case VirtualServer::Kind::Group: break;
    }
    return before_.lvs.groups[a.group].name == after_.lvs.groups[b.group].name;
  }

  /// BFD sessions and files by name: numbers move when the file's order does.
  bool is_same(const Checker& a, const Checker& b) const {
    if (const auto *x = std::get_if<BfdCheck>(&a.what), *y = std::get_if<BfdCheck>(&b.what); x != nullptr && y != nullptr)
      return a.times == b.times && before_.bfds[x->bfd].name == after_.bfds[y->bfd].name;
    if (const auto *x = std::get_if<FileCheck>(&a.what), *y = std::get_if<FileCheck>(&b.what); x != nullptr && y != nullptr)
      return x->weight == y->weight && before_.track_files[x->file].name == after_.track_files[y->file].name;
    return a == b;
  }

  void compare_groups() {
    keepalived::plan::compare_named(out_, "virtual_server_group", before_.lvs.groups, after_.lvs.groups, [](const VirtualServerGroup& a, const VirtualServerGroup& b, Comparison& of) {
      const auto entries = [](const VirtualServerGroup& group) {
        std::vector<std::string> out;
        for (const GroupEntry& each : group.entries) out.push_back(text_of(each));
        return out;
      };
      of.list("entry", entries(a), entries(b), Comparison::Order::Free);
    });
  }

  void add_new(const VirtualServer& server) {
    out_.add(thing(server, after_));
    VirtualServerMatch none;
    for (const RealServer& each : server.real_servers) none.servers.push_back({.was = {}, .checkers = std::vector<std::optional<std::size_t>>(each.checkers.size())});
    plan_.servers.push_back(std::move(none));
  }

  VirtualServerMatch compare(std::size_t number, const VirtualServer& after) {
    const VirtualServer& before = before_.lvs.servers[number];
    const std::string name = thing(after, after_);
    Comparison of{out_, name};
    compare_values(before, after, of);
    const auto was = match(before.real_servers, after.real_servers, [](const RealServer& a, const RealServer& b) { return a.address == b.address; });
    VirtualServerMatch matched{.was = number, .servers = {}, .removed = without_match(before.real_servers.size(), was)};
    for (std::size_t i = 0; i < was.size(); ++i) {
      const RealServer& server = after.real_servers[i];
      ServerMatch& one = matched.servers.emplace_back(ServerMatch{.was = was[i], .checkers = std::vector<std::optional<std::size_t>>(server.checkers.size())});
      Comparison its{out_, checkerd::thing(server, name)};
      if (was[i]) one.checkers = compare(before.real_servers[*was[i]], server, its);
      else out_.add(its.thing());
    }
    for (const std::size_t i : matched.removed) out_.remove(checkerd::thing(before.real_servers[i], name));
    return matched;
  }

  static void compare_values(const VirtualServer& a, const VirtualServer& b, Comparison& out) {
    out.value("scheduler", a.scheduler, b.scheduler);
    out.value("scheduler flags", unsigned{a.scheduler_flags}, unsigned{b.scheduler_flags});
    out.value("ops", a.one_packet, b.one_packet);
    out.value("persistence_timeout", a.persistence_timeout_s, b.persistence_timeout_s);
    out.value("persistence_granularity", lib::net::Address::ipv4(a.persistence_mask).host(), lib::net::Address::ipv4(b.persistence_mask).host());
    out.value("persistence_granularity", unsigned{a.persistence_prefix}, unsigned{b.persistence_prefix});
    out.value("persistence_engine", a.persistence_engine, b.persistence_engine);
    out.value("ha_suspend", a.ha_suspend, b.ha_suspend);
    out.value("alpha", a.alpha, b.alpha);
    out.value("omega", a.omega, b.omega);
    out.value("smtp_alert", a.smtp_alert, b.smtp_alert);
    out.value("virtualhost", a.virtualhost, b.virtualhost);
    out.value("snmp_name", a.snmp_name, b.snmp_name);
    out.value("quorum", a.quorum, b.quorum);
    out.value("hysteresis", a.hysteresis, b.hysteresis);
    command(out, "quorum_up", a.quorum_up, b.quorum_up);
    command(out, "quorum_down", a.quorum_down, b.quorum_down);
    out.value("sorry_server", text_of(a.sorry_server), text_of(b.sorry_server));
  }

  std::vector<std::optional<std::size_t>> compare(const RealServer& a, const RealServer& b, Comparison& out) const {
    out.value("weight", a.weight, b.weight);
    out.value("lvs_method", text_of(a.forwarding), text_of(b.forwarding));
    out.value("uthreshold", a.upper_threshold, b.upper_threshold);
    out.value("lthreshold", a.lower_threshold, b.lower_threshold);
    out.value("inhibit_on_failure", a.inhibit_on_failure, b.inhibit_on_failure);
    out.value("alpha", a.alpha, b.alpha);
    out.value("smtp_alert", a.smtp_alert, b.smtp_alert);
    out.value("virtualhost", a.virtualhost, b.virtualhost);
    out.value("snmp_name", a.snmp_name, b.snmp_name);
    command(out, "notify_up", a.notify_up, b.notify_up);
    command(out, "notify_down", a.notify_down, b.notify_down);
    return compare_checkers(a.checkers, b.checkers, out);
  }

  /// One that changed is a new one and a removed one; of the same keyword they are told as a change.
  std::vector<std::optional<std::size_t>> compare_checkers(const Checkers& before, const Checkers& after, Comparison& of) const {
    const auto was = match(before, after, [this](const Checker& a, const Checker& b) { return is_same(a, b); });
    std::vector<std::size_t> gone = without_match(before.size(), was);
    std::vector<std::string> added, removed;
    for (std::size_t i = 0; i < was.size(); ++i) {
      if (was[i]) continue;
      const std::string keyword = after[i].keyword();
      const auto former = std::find_if(gone.begin(), gone.end(), [&](std::size_t k) { return before[k].keyword() == keyword; });
      of.secret(keyword, former == gone.end());
      if (former == gone.end()) added.push_back(keyword);
      else gone.erase(former);
    }
    for (const std::size_t k : gone) removed.emplace_back(before[k].keyword());
    of.list("check", removed, added);
    return was;
  }

  const KeepalivedConfig &before_, &after_;
  ReloadPlan plan_;
  lib::plan::Plan& out_ = plan_.changes;
};

}  // namespace

ReloadPlan plan_reload(const KeepalivedConfig& before, const KeepalivedConfig& after) { return Planner{before, after}.plan(); }

}  // namespace checkerd
