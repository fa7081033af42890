#include "checkerd/core/reload_plan.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace checkerd {

using parsers::keepalived::BfdCheck;
using parsers::keepalived::Checker;
using parsers::keepalived::Command;
using parsers::keepalived::FileCheck;
using parsers::keepalived::Forwarding;
using parsers::keepalived::GroupEntry;
using parsers::keepalived::KeepalivedConfig;
using parsers::keepalived::RealServer;
using parsers::keepalived::SorryServer;
using parsers::keepalived::VirtualServer;
using parsers::keepalived::VirtualServerGroup;

namespace {

/// The differences of one thing, gathered as "what old -> new".
class Comparison {
 public:
  Comparison(std::string name, std::vector<std::string>& out) : name_{std::move(name)}, out_{out} {}
  void say(const std::string& text) { out_.push_back(name_ + ": " + text); }
  template <class T>
  void value(const char* what, const T& a, const T& b) {
    if (!(a == b)) say(fmt::format("{} {} -> {}", what, a, b));
  }

 private:
  std::string name_;
  std::vector<std::string>& out_;
};

const std::string& or_none(const std::string& text) {
  static const std::string kNone = "none";
  return text.empty() ? kNone : text;
}

/// What differs in more than its text (another user) is still shown by it.
void command(Comparison& out, const char* what, const std::optional<Command>& a, const std::optional<Command>& b) {
  if (a == b) return;
  out.say(fmt::format("{} {} -> {}", what, a ? a->text : "none", b ? b->text : "none"));
}

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
  return fmt::format("{} {}{}", sorry->name, text_of(sorry->forwarding), sorry->inhibit ? " inhibit" : "");
}

std::string text_of(const GroupEntry& entry) {
  if (entry.kind == GroupEntry::Kind::Fwmark) return fmt::format("fwmark {}{}", entry.fwmark, entry.family == AF_INET6 ? " inet6" : "");
  if (entry.first == entry.last) return entry.first.text();
  return fmt::format("{} - {}", entry.first.text(), entry.last.text());
}

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
    compare_groups();
    const auto same = [this](const VirtualServer& a, const VirtualServer& b) { return is_same(a, b); };
    const auto was = match(before_.lvs.servers, after_.lvs.servers, same);
    for (std::size_t i = 0; i < was.size(); ++i) {
      const VirtualServer& server = after_.lvs.servers[i];
      if (was[i]) plan_.servers.push_back(compare(*was[i], server));
      else add_new(server);
    }
    plan_.removed = without_match(before_.lvs.servers.size(), was);
    for (const std::size_t i : plan_.removed) say("virtual server " + before_.lvs.servers[i].name + ": removed");
    const auto &a = before_.lvs.tls, &b = after_.lvs.tls;
    if (a.password != b.password || a.ca != b.ca || a.certificate != b.certificate || a.key != b.key) say("SSL: changed");
    return std::move(plan_);
  }

 private:
  void say(std::string line) { plan_.changes.push_back(std::move(line)); }

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
    const auto &before = before_.lvs.groups, &after = after_.lvs.groups;
    const auto was = match(before, after, [](const auto& a, const auto& b) { return a.name == b.name; });
    for (std::size_t i = 0; i < was.size(); ++i) {
      Comparison out{"virtual server group " + after[i].name, plan_.changes};
      if (was[i]) compare(before[*was[i]], after[i], out);
      else out.say("new");
    }
    for (const std::size_t i : without_match(before.size(), was)) say("virtual server group " + before[i].name + ": removed");
  }

  static void compare(const VirtualServerGroup& before, const VirtualServerGroup& after, Comparison& out) {
    const auto has = [](const VirtualServerGroup& group, const std::string& text) {
      return std::any_of(group.entries.begin(), group.entries.end(), [&](const GroupEntry& each) { return text_of(each) == text; });
    };
    for (const GroupEntry& each : after.entries)
      if (const std::string text = text_of(each); !has(before, text)) out.say('+' + text);
    for (const GroupEntry& each : before.entries)
      if (const std::string text = text_of(each); !has(after, text)) out.say('-' + text);
  }

  void add_new(const VirtualServer& server) {
    say("virtual server " + server.name + ": new");
    VirtualServerMatch none;
    for (const RealServer& each : server.real_servers) none.servers.push_back({.was = {}, .checkers = std::vector<std::optional<std::size_t>>(each.checkers.size())});
    plan_.servers.push_back(std::move(none));
  }

  VirtualServerMatch compare(std::size_t number, const VirtualServer& after) {
    const VirtualServer& before = before_.lvs.servers[number];
    const std::string name = "virtual server " + after.name;
    Comparison out{name, plan_.changes};
    compare_values(before, after, out);
    const auto was = match(before.real_servers, after.real_servers, [](const RealServer& a, const RealServer& b) { return a.address == b.address; });
    VirtualServerMatch matched{.was = number, .servers = {}, .removed = without_match(before.real_servers.size(), was)};
    for (std::size_t i = 0; i < was.size(); ++i) {
      const RealServer& server = after.real_servers[i];
      Comparison its{name + ": real server " + server.name, plan_.changes};
      ServerMatch& one = matched.servers.emplace_back(ServerMatch{.was = was[i], .checkers = std::vector<std::optional<std::size_t>>(server.checkers.size())});
      if (was[i]) one.checkers = compare(before.real_servers[*was[i]], server, its);
      else its.say("new");
    }
    for (const std::size_t i : matched.removed) out.say("real server " + before.real_servers[i].name + ": removed");
    return matched;
  }

  static void compare_values(const VirtualServer& a, const VirtualServer& b, Comparison& out) {
    out.value("scheduler", a.scheduler, b.scheduler);
    out.value("scheduler flags", unsigned{a.scheduler_flags}, unsigned{b.scheduler_flags});
    out.value("ops", a.one_packet, b.one_packet);
    out.value("persistence_timeout", a.persistence_timeout_s, b.persistence_timeout_s);
    out.value("persistence_granularity", lib::net::Address::ipv4(a.persistence_mask).host(), lib::net::Address::ipv4(b.persistence_mask).host());
    out.value("persistence_granularity", unsigned{a.persistence_prefix}, unsigned{b.persistence_prefix});
    out.value("persistence_engine", or_none(a.persistence_engine), or_none(b.persistence_engine));
    out.value("ha_suspend", a.ha_suspend, b.ha_suspend);
    out.value("alpha", a.alpha, b.alpha);
    out.value("omega", a.omega, b.omega);
    out.value("smtp_alert", a.smtp_alert, b.smtp_alert);
    out.value("virtualhost", or_none(a.virtualhost), or_none(b.virtualhost));
    out.value("snmp_name", or_none(a.snmp_name), or_none(b.snmp_name));
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
    out.value("virtualhost", or_none(a.virtualhost), or_none(b.virtualhost));
    out.value("snmp_name", or_none(a.snmp_name), or_none(b.snmp_name));
    command(out, "notify_up", a.notify_up, b.notify_up);
    command(out, "notify_down", a.notify_down, b.notify_down);
    return compare_checkers(a.checkers, b.checkers, out);
  }

  /// One that changed is a new one and a removed one; of the same keyword they are told as a change.
  std::vector<std::optional<std::size_t>> compare_checkers(const std::vector<Checker>& before, const std::vector<Checker>& after, Comparison& out) const {
    const auto was = match(before, after, [this](const Checker& a, const Checker& b) { return is_same(a, b); });
    std::vector<std::size_t> gone = without_match(before.size(), was);
    for (std::size_t i = 0; i < was.size(); ++i) {
      if (was[i]) continue;
      const std::string keyword = after[i].keyword();
      const auto former = std::find_if(gone.begin(), gone.end(), [&](std::size_t k) { return before[k].keyword() == keyword; });
      out.say(keyword + (former == gone.end() ? " new" : " changed"));
      if (former != gone.end()) gone.erase(former);
    }
    for (const std::size_t k : gone) out.say(std::string{before[k].keyword()} + " removed");
    return was;
  }

  const KeepalivedConfig &before_, &after_;
  ReloadPlan plan_;
};

}  // namespace

ReloadPlan plan_reload(const KeepalivedConfig& before, const KeepalivedConfig& after) { return Planner{before, after}.plan(); }

}  // namespace checkerd
