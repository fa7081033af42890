// What can be settled only when the whole file is read: values that servers and checkers inherit, groups, ports, quorums.
#include <algorithm>

#include "parsers/keepalived/command.h"
#include "parsers/keepalived/config.h"
#include "parsers/keepalived/lvs_blocks.h"

namespace parsers::keepalived {
namespace {

constexpr Duration kSecond{1'000'000};
constexpr std::uint32_t kDefaultPersistence = 360;

using Kind = VirtualServer::Kind;
using Method = Forwarding::Method;

/// Complaints of one virtual server.
struct Voice {
  Context& context;
  const VirtualServerDraft& draft;
  void say(std::string message) const { context.findings.about(Complaint::General, draft.out.place, std::move(message)); }
  void say_of(std::string message) const { say("Virtual server " + service_name(draft) + ": " + std::move(message)); }
};

const VirtualServerGroup* group_of(const VirtualServerDraft& draft, const VirtualServers& lvs) {
  return draft.out.kind == Kind::Group ? &lvs.groups[draft.out.group] : nullptr;
}

bool find_group(VirtualServerDraft& draft, Context& context) {
  if (draft.out.kind != Kind::Group) return true;
  const auto& groups = context.config.lvs.groups;
  const auto found = std::find_if(groups.begin(), groups.end(), [&](const auto& each) { return each.name == draft.group_name; });
  if (found == groups.end()) {
    context.findings.about(Complaint::Log, draft.out.place, "Virtual server group " + draft.group_name + " does not exist - ignoring its virtual server");
    return false;
  }
  draft.out.group = static_cast<std::size_t>(found - groups.begin());
  return true;
}

void settle_protocol(VirtualServerDraft& draft, const Voice& voice) {
  VirtualServer& out = draft.out;
  const VirtualServerGroup* const group = group_of(draft, voice.context.config.lvs);
  if (out.ha_suspend && (out.kind == Kind::Fwmark || (group != nullptr && group->has_fwmark()))) {
    voice.say_of("cannot use ha_suspend with fwmarks - clearing ha_suspend");
    out.ha_suspend = false;
  }
  if (out.kind == Kind::Fwmark) {
    if (out.protocol != Protocol::None) voice.say("Warning: Virtual server " + service_name(draft) + ": protocol specified for fwmark - protocol will be ignored");
    out.protocol = Protocol::None;
    if (out.family == 0) {
      // Tunnels only: the servers' family where they agree, else IPv4.
      const auto is_v6 = [](const RealServerDraft& each) { return each.out.address.is_ipv6(); };
      out.family = std::all_of(draft.real_servers.begin(), draft.real_servers.end(), is_v6) ? AF_INET6 : AF_INET;
    }
    return;
  }
  if (out.kind == Kind::Group) out.family = static_cast<std::uint8_t>(draft.real_servers.front().out.address.family());
  if (out.protocol == Protocol::None) {
    voice.say_of("no protocol set - defaulting to UDP");
    out.protocol = Protocol::Udp;
  }
  if (!out.one_packet || out.protocol == Protocol::Udp) return;
  voice.say_of("one packet scheduling requires UDP - resetting");
  out.one_packet = false;
}

bool has_open_port(const VirtualServerDraft& draft, const VirtualServers& lvs) {
  if (draft.out.kind == Kind::Address) return draft.out.address.port() == 0;
  const VirtualServerGroup* const group = group_of(draft, lvs);
  return group != nullptr && std::any_of(group->entries.begin(), group->entries.end(), [](const GroupEntry& each) {
    return each.kind == GroupEntry::Kind::Addresses && each.first.port() == 0;
  });
}

void settle_service(VirtualServerDraft& draft, const Voice& voice) {
  if (has_open_port(draft, voice.context.config.lvs) && draft.out.persistence_timeout_s == 0) {
    voice.say_of("zero port only valid for persistent services - setting");
    draft.out.persistence_timeout_s = kDefaultPersistence;
  }
  if (!draft.scheduler_given) voice.say_of("no scheduler set, setting default 'wlc'");
  if (!draft.forwarding) voice.say_of("no forwarding method set, setting default NAT");
}

// ---- servers

bool same_server(const RealServerDraft& a, const RealServerDraft& b) { return a.out.address == b.out.address; }

void drop_duplicates(VirtualServerDraft& draft, const Voice& voice, Complaint complaint) {
  auto& all = draft.real_servers;
  for (std::size_t i = 1; i < all.size();) {
    const bool seen = std::any_of(all.begin(), all.begin() + static_cast<std::ptrdiff_t>(i), [&](const auto& each) { return same_server(each, all[i]); });
    if (!seen) {
      ++i;
      continue;
    }
    voice.context.findings.about(complaint, all[i].out.place, "VS " + service_name(draft) + ": real server " + server_name(all[i].out.address, draft.out.protocol) +
                                                                  " is duplicated - removing second rs");
    all.erase(all.begin() + static_cast<std::ptrdiff_t>(i));
  }
}

void settle_quorum(VirtualServerDraft& draft, const Voice& voice) {
  VirtualServer& out = draft.out;
  std::uint64_t total = 0;
  for (const RealServerDraft& each : draft.real_servers) total += each.out.weight;
  const std::string name = service_name(draft);
  if (out.quorum > total) {
    voice.say("Warning - quorum " + std::to_string(out.quorum) + " for " + name + " exceeds total weight of real servers " + std::to_string(total) +
              ", reducing quorum to " + std::to_string(total));
    out.quorum = static_cast<std::uint32_t>(total);
  }
  if (out.quorum == 0) out.hysteresis = 0;  // the original's counter wraps here
  if (out.quorum == 0 || out.hysteresis < out.quorum) return;
  voice.say_of("hysteresis " + std::to_string(out.hysteresis) + " >= quorum " + std::to_string(out.quorum) + "; setting hysteresis to " +
               std::to_string(out.quorum - 1));
  out.hysteresis = out.quorum - 1;
}

std::string entry_text(const GroupEntry& entry) {
  const std::string end = entry.first.same_host(entry.last) ? "" : '-' + entry.last.host();
  return '[' + entry.first.host() + end + ',' + std::to_string(entry.first.port()) + ']';
}

/// Only NAT can change the port of a connection.
void settle_direct_port(VirtualServerDraft& draft, RealServerDraft& server, const Voice& voice) {
  Address& address = server.out.address;
  const std::string service = service_name(draft), name = server_name(address, draft.out.protocol);
  if (const VirtualServerGroup* const group = group_of(draft, voice.context.config.lvs)) {
    if (!server.port_given) return;
    for (const GroupEntry& each : group->entries)
      if (each.kind == GroupEntry::Kind::Addresses && each.first.port() != address.port())
        voice.say("virtual server " + service + ':' + entry_text(each) + " and real server " + name + " ports don't match");
    if (group->has_fwmark())
      voice.say("WARNING - fwmark virtual server " + service + ", real server " + name + " has port specified - port will be ignored");
    return;
  }
  if (draft.out.kind == Kind::Fwmark) {
    if (server.port_given) voice.say("WARNING - fwmark virtual server " + service + ", real server " + name + " has port specified - clearing");
    address.set_port(0);
    return;
  }
  if (server.port_given && address.port() != draft.out.address.port())
    voice.say("WARNING - virtual server " + service + " and real server " + name + " ports don't match - resetting");
  address.set_port(draft.out.address.port());
}

void settle_server(VirtualServerDraft& draft, RealServerDraft& server, const Voice& voice) {
  const GlobalDefs& global = voice.context.config.global;
  RealServer& out = server.out;
  out.forwarding = server.forwarding.value_or(draft.forwarding.value_or(Forwarding{}));
  out.inhibit_on_failure = server.inhibit.value_or(draft.inhibit);
  out.alpha = server.given.alpha.value_or(draft.out.alpha);
  out.smtp_alert = server.smtp_alert ? *server.smtp_alert : global.smtp_alert_checker ? *global.smtp_alert_checker : global.smtp_alert.value_or(true);
  if (out.forwarding.method != Method::Nat) settle_direct_port(draft, server, voice);
  else if (!server.port_given && draft.out.kind == Kind::Address) out.address.set_port(draft.out.address.port());
}

void settle_sorry(VirtualServerDraft& draft, const Voice& voice) {
  if (!draft.sorry) return;
  SorryDraft& sorry = *draft.sorry;
  Address& address = sorry.out.address;
  sorry.out.forwarding = sorry.forwarding.value_or(draft.forwarding.value_or(Forwarding{}));
  const bool direct = sorry.out.forwarding.method != Method::Nat;
  const std::string begin = "WARNING - virtual server " + service_name(draft);
  if (draft.out.kind == Kind::Fwmark && direct) {
    if (sorry.port_given) voice.say(begin + ", sorry server has port specified - clearing");
    address.set_port(0);
  } else if (draft.out.kind == Kind::Address && (direct || !sorry.port_given)) {
    if (sorry.port_given && address.port() != draft.out.address.port()) voice.say(begin + " and sorry server ports don't match - resetting");
    address.set_port(draft.out.address.port());
  }
  sorry.out.name = server_name(address, draft.out.protocol);
  draft.out.sorry_server = std::move(sorry.out);
}

// ---- checkers

template <class T>
T first_given(const std::optional<T>& a, const std::optional<T>& b, const std::optional<T>& c, T fallback) {
  return a ? *a : b ? *b : c.value_or(fallback);
}

void settle_times(CheckerDraft& draft, const CheckDefaults& server, const CheckDefaults& service) {
  const auto& what = draft.out.what;
  const bool is_dns = std::holds_alternative<DnsCheck>(what), is_misc = std::holds_alternative<MiscCheck>(what);
  CheckTimes& times = draft.out.times;
  const CheckDefaults& own = draft.given;
  times.delay_loop = first_given(own.delay_loop, server.delay_loop, service.delay_loop, 60 * kSecond);
  times.warmup = first_given(own.warmup, server.warmup, service.warmup, times.delay_loop);
  times.retry = first_given(own.retry, server.retry, service.retry, is_dns ? 3U : is_misc ? 0U : 1U);
  const Duration pause = std::holds_alternative<HttpCheck>(what) ? 3 * kSecond : is_dns ? Duration{0} : kSecond;
  times.delay_before_retry = first_given(own.delay_before_retry, server.delay_before_retry, service.delay_before_retry, pause);
  if (times.delay_before_retry.count() == 0) times.delay_before_retry = times.delay_loop;
  times.alpha = first_given(own.alpha, server.alpha, service.alpha, false);
}

void settle_target(CheckerDraft& draft, const RealServer& server) {
  CheckTarget& target = draft.out.target;
  target.to = draft.connect_ip.value_or(server.address);
  target.to.set_port(draft.connect_port.value_or(server.address.port()));
  if (std::holds_alternative<PingCheck>(draft.out.what)) target.to.set_port(0);
  if (draft.bind_ip && draft.bind_ip->family() == target.to.family()) target.from = *draft.bind_ip;
  if (!target.from && draft.bind_port) target.from = Address::any(target.to.family());
  if (target.from) target.from->set_port(draft.bind_port.value_or(0));
}

void settle_urls(CheckerDraft& draft, const RealServer& server, const VirtualServer& service) {
  HttpCheck& check = draft.as<HttpCheck>();
  for (std::size_t i = 0; i < check.urls.size(); ++i) {
    HttpUrl& url = check.urls[i];
    const std::string& checker_host = draft.virtualhost;
    if (check.tls && draft.enable_sni)  // the real server's name is not asked for here
      url.sni = !draft.sni_name.empty() ? draft.sni_name : !url.host.empty() ? url.host : !checker_host.empty() ? checker_host : service.virtualhost;
    if (url.host.empty()) url.host = !checker_host.empty() ? checker_host : !server.virtualhost.empty() ? server.virtualhost : service.virtualhost;
    url.tls_compliant = draft.url_tls_compliant[i].value_or(draft.tls_compliant.value_or(false));
  }
}

void settle_checker(CheckerDraft& draft, const RealServerDraft& server, const VirtualServerDraft& service, const Voice& voice) {
  settle_times(draft, server.given, service.given);
  const auto& what = draft.out.what;
  if (auto* const misc = std::get_if<MiscCheck>(&draft.out.what)) {
    misc->timeout = draft.misc_timeout && draft.misc_timeout->count() != 0 ? *draft.misc_timeout : service.given.delay_loop.value_or(60 * kSecond);
    return;
  }
  if (std::holds_alternative<BfdCheck>(what) || std::holds_alternative<FileCheck>(what)) return;
  draft.out.target.timeout = first_given(draft.given.connect_timeout, server.given.connect_timeout, service.given.connect_timeout, 5 * kSecond);
  settle_target(draft, server.out);
  const bool needs_port = !std::holds_alternative<PingCheck>(what);
  if (needs_port && draft.out.target.to.port() == 0)
    voice.context.findings.about(Complaint::Log, draft.out.place, "WARNING - " + std::string{draft.out.keyword()} + " of real server " + server.out.name +
                                                                      " has no port to connect to, and will fail", "give it a connect_port");
  if (std::holds_alternative<HttpCheck>(what)) settle_urls(draft, server.out, service.out);
}

}  // namespace

void complete_virtual_servers(std::vector<VirtualServerDraft>& drafts, Context& context) {
  for (VirtualServerDraft& draft : drafts) {
    const Voice voice{.context = context, .draft = draft};
    if (!find_group(draft, context)) continue;
    if (draft.real_servers.empty()) {
      voice.say("Virtual server " + service_name(draft) + " has no real servers - ignoring");
      continue;
    }
    settle_protocol(draft, voice);
    settle_service(draft, voice);
    drop_duplicates(draft, voice, Complaint::General);
    for (RealServerDraft& server : draft.real_servers) server.out.weight = server.weight.value_or(draft.weight);
    settle_quorum(draft, voice);
    for (RealServerDraft& server : draft.real_servers) settle_server(draft, server, voice);
    settle_sorry(draft, voice);
    drop_duplicates(draft, voice, Complaint::Log);  // with the service's port two may be one
    const GlobalDefs& global = context.config.global;
    draft.out.smtp_alert = draft.smtp_alert ? *draft.smtp_alert : global.smtp_alert_checker ? *global.smtp_alert_checker : global.smtp_alert.value_or(false);
    draft.out.name = service_name(draft);
    draft.out.real_servers.reserve(draft.real_servers.size());  // there are thousands: no spare room
    for (RealServerDraft& server : draft.real_servers) {
      server.out.name = server_name(server.out.address, draft.out.protocol);
      server.out.checkers.reserve(server.checkers.size());
      for (CheckerDraft& checker : server.checkers) {
        settle_checker(checker, server, draft, voice);
        server.out.checkers.push_back(std::move(checker.out));
      }
      draft.out.real_servers.push_back(std::move(server.out));
    }
    context.config.lvs.servers.push_back(std::move(draft.out));
  }
  vet_check_commands(context);
}

}  // namespace parsers::keepalived
