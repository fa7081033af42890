#include "parsers/keepalived/virtual_server.h"

#include <algorithm>

#include "lib/base/text.h"
#include "parsers/common/suggest.h"
#include "parsers/keepalived/command.h"
#include "parsers/keepalived/config.h"
#include "parsers/keepalived/keyword_list.h"
#include "parsers/keepalived/lvs_blocks.h"

namespace parsers::keepalived {

const char* protocol_name(Protocol protocol) {
  switch (protocol) {
    case Protocol::Tcp: return "tcp";
    case Protocol::Udp: return "udp";
    case Protocol::Sctp: return "sctp";
    case Protocol::None: break;
  }
  return "none";
}

bool VirtualServerGroup::has_fwmark() const {
  return std::any_of(entries.begin(), entries.end(), [](const GroupEntry& each) { return each.kind == GroupEntry::Kind::Fwmark; });
}

std::string server_name(const Address& address, Protocol protocol) {
  return '[' + address.host() + "]:" + protocol_name(protocol) + ':' + std::to_string(address.port());
}

std::string service_name(const VirtualServerDraft& draft) {
  switch (draft.out.kind) {
    case VirtualServer::Kind::Fwmark: return "FWM " + std::to_string(draft.out.fwmark);
    case VirtualServer::Kind::Group: return '[' + draft.group_name + "]:" + std::to_string(draft.group_use);
    case VirtualServer::Kind::Address: break;
  }
  return server_name(draft.out.address, draft.out.protocol);
}

namespace {

constexpr std::int64_t kMostUnsigned = 4294967295, kMostCount = 2147483647;
constexpr std::size_t kMostEngineName = 15;
constexpr std::uint32_t kDefaultPersistence = 360;

void read_scheduler(VirtualServerDraft& to, Reader& in) {
  constexpr std::array<std::string_view, 14> kSchedulers{"rr", "wrr", "lc", "wlc", "lblc", "lblcr", "sh", "mh", "dh", "fo", "ovf", "sed", "nq", "twos"};
  if (std::find(kSchedulers.begin(), kSchedulers.end(), in.word(1)) == kSchedulers.end()) {
    const std::string_view nearest = parsers::common::suggest(in.word(1), kSchedulers);
    return in.complain_with_hint("Invalid lvs_scheduler '" + in.text(1) + "' - ignoring",
                                 nearest.empty() ? "rr, wrr, lc, wlc, lblc, lblcr, sh, mh, dh, fo, ovf, sed, nq or twos" : "did you mean '" + std::string{nearest} + "'?");
  }
  to.out.scheduler = in.text(1);
  to.scheduler_given = true;
}

void read_method(VirtualServerDraft& to, Reader& in) {
  if (const auto forwarding = read_forwarding(in, "virtual")) to.forwarding = *forwarding;
}

void read_protocol(VirtualServerDraft& to, Reader& in) {
  using lib::base::equal_ignoring_case;
  if (equal_ignoring_case(in.word(1), "TCP")) to.out.protocol = Protocol::Tcp;
  else if (equal_ignoring_case(in.word(1), "UDP")) to.out.protocol = Protocol::Udp;
  else if (equal_ignoring_case(in.word(1), "SCTP")) to.out.protocol = Protocol::Sctp;
  else in.complain_with_hint("Unknown protocol " + in.text(1) + " - ignoring", "TCP, UDP or SCTP");
}

void read_persistence_timeout(VirtualServerDraft& to, Reader& in) {
  if (in.size() < 2) {
    to.out.persistence_timeout_s = kDefaultPersistence;
    return;
  }
  if (const auto value = in.number(1, 1, 2'678'400)) to.out.persistence_timeout_s = static_cast<std::uint32_t>(*value);
  else in.complain_with_hint("persistence_timeout invalid", in.word(1) == "0" ? "leave the line out: a service is not persistent without it" : "seconds, at most 2678400");
}

void read_persistence_granularity(VirtualServerDraft& to, Reader& in) {
  const bool v6 = to.out.family == AF_INET6 || (to.out.family == 0 && in.word(1).find('.') == std::string_view::npos);
  if (v6) {
    const auto bits = in.number(1, 1, 128);
    if (!bits) return in.complain("Invalid IPv6 persistence_granularity specified - " + in.text(1));
    to.out.persistence_prefix = static_cast<std::uint8_t>(*bits);
  } else {
    const std::string text = in.text(1);
    const auto dotted = Address::parse(text);
    // A bare number is a mask, too, as the original reads it.
    const auto bare = lib::base::parse_number<std::uint32_t>(text);
    if (!bare && !(dotted && dotted->is_ipv4())) return in.complain("Invalid IPv4 persistence_granularity specified - " + text);
    to.out.persistence_mask = bare ? *bare : dotted->ipv4_bits();
    if (bare.value_or(0) != 0)
      in.log("WARNING - persistence_granularity " + text + " is a mask, not a prefix length: " + Address::ipv4(*bare).host());
  }
  if (to.out.kind == VirtualServer::Kind::Fwmark) to.out.family = v6 ? AF_INET6 : AF_INET;
  if (to.out.persistence_timeout_s == 0) to.out.persistence_timeout_s = kDefaultPersistence;
}

void read_persistence_engine(VirtualServerDraft& to, Reader& in) {
  to.out.persistence_engine = in.text(1);
  if (to.out.persistence_engine.size() <= kMostEngineName) return;
  in.complain("persistence_name too long, truncating - " + in.text(1));
  to.out.persistence_engine.resize(kMostEngineName);
}

bool hashes(const VirtualServerDraft& to) { return to.scheduler_given && (to.out.scheduler == "sh" || to.out.scheduler == "mh"); }

void read_hashed(VirtualServerDraft& to, Reader& in) {
  if (!hashes(to)) in.complain("hashed only applies to sh scheduler - ignoring", 0);
}

/// sh-fallback and mh-fallback are flag 1, sh-port and mh-port flag 2.
void read_hash_flag(VirtualServerDraft& to, Reader& in) {
  if (!hashes(to)) return in.complain(in.text(0) + " only applies to sh scheduler - ignoring", 0);
  to.out.scheduler_flags = static_cast<std::uint8_t>(to.out.scheduler_flags | (in.word(0).ends_with("-port") ? 2U : 1U));
}

template <std::uint8_t Bit>
void set_scheduler_flag(VirtualServerDraft& to, Reader&) { to.out.scheduler_flags |= Bit; }

void read_ip_family(VirtualServerDraft& to, Reader& in) {
  const std::uint8_t family = in.word(1) == "inet" ? AF_INET : in.word(1) == "inet6" ? AF_INET6 : 0;
  if (family == 0) return in.complain("unknown address family " + in.text(1));
  if (to.out.family != 0 && to.out.family != family)
    return in.complain("Virtual server specified family " + in.text(1) + " conflicts with server family");
  if (to.out.kind != VirtualServer::Kind::Group) to.out.family = family;
}

void read_smtp_alert(VirtualServerDraft& to, Reader& in) {
  if (const auto value = in.boolean(1)) to.smtp_alert = *value;
  else in.complain("Invalid virtual_server smtp_alert parameter " + in.text(1));
}

void read_quorum(VirtualServerDraft& to, Reader& in) {
  const auto value = in.number(1, 1, kMostUnsigned);
  if (!value) in.complain("Quorum " + in.text(1) + " must be in [1, 4294967295]. Setting to 1.");
  to.out.quorum = static_cast<std::uint32_t>(value.value_or(1));
}

void read_hysteresis(VirtualServerDraft& to, Reader& in) {
  if (const auto value = in.number(1, 0, kMostUnsigned)) to.out.hysteresis = static_cast<std::uint32_t>(*value);
  else in.complain("Hysteresis " + in.text(1) + " must be in [0, 4294967295] - ignoring");
}

void read_weight(VirtualServerDraft& to, Reader& in) {
  if (const auto value = in.number(1, 1, kMostCount)) to.weight = static_cast<std::uint32_t>(*value);
  else in.complain("Virtual server weight " + in.text(1) + " is outside range 1-2147483647");
}

void read_sorry_server(VirtualServerDraft& to, Reader& in) {
  const auto address = Address::parse(in.word(1));
  const auto port = address && in.size() > 2 ? read_port(in, 2) : 0;
  if (!address || !address->is_ip() || !port) return in.complain("Invalid sorry server IP address " + in.text(1) + " - skipping");
  SorryDraft sorry;
  sorry.out.address = *address;
  sorry.out.address.set_port(*port);
  sorry.port_given = *port != 0;
  sorry.forwarding = to.forwarding;
  to.sorry = std::move(sorry);
}

void read_sorry_inhibit(VirtualServerDraft& to, Reader& in) {
  if (to.sorry) to.sorry->out.inhibit = true;
  else in.complain("Ignoring sorry_server inhibit used before or without sorry_server", 0);
}

void read_sorry_method(VirtualServerDraft& to, Reader& in) {
  if (!to.sorry) return in.complain("sorry_server forwarding used without sorry_server", 0);
  if (!has_arguments(in.statement(), 1, in.context())) return;
  if (const auto forwarding = read_forwarding(in, "sorry")) to.sorry->forwarding = *forwarding;
}

constexpr auto kVirtualServerKeywords = std::to_array<Keyword<VirtualServerDraft>>({
    {"delay_loop", 1, [](VirtualServerDraft& to, Reader& in) { read_given_delay_loop(to.given, in, "virtual server"); }, "SECONDS", "Between two checks of a real server, more than 0. Default: 60."},
    {"lb_algo", 1, &read_scheduler, "rr|wrr|lc|wlc|lblc|lblcr|sh|mh|dh|fo|ovf|sed|nq|twos", "How a server is chosen. Default: wlc."},
    {"lvs_sched", 1, &read_scheduler, "SCHEDULER", "The same as lb_algo."},
    {"lb_kind", 1, &read_method, "NAT|DR|TUN [type ipip|gue port N|gre] [nocsum|csum|remcsum]", "How packets get to the real servers below: with their destination translated, to their MAC, or in a tunnel. Default: NAT."},
    {"lvs_method", 1, &read_method, "NAT|DR|TUN [OPTIONS]", "The same as lb_kind."},
    {"protocol", 1, &read_protocol, "TCP|UDP|SCTP", "What the service speaks. Default: UDP, with a complaint."},
    {"persistence_timeout", 0, &read_persistence_timeout, "[SECONDS]", "A client stays with its server so long, 1 to 2678400. Without a number: 360. Default: it does not."},
    {"persistence_granularity", 1, &read_persistence_granularity, "MASK|LENGTH", "How much of the client's address counts for that: an IPv4 mask or a prefix length. Default: all."},
    {"persistence_engine", 1, &read_persistence_engine, "sip", "What else tells a client: the call of SIP. Default: nothing."},
    {"ops", 0, [](VirtualServerDraft& to, Reader&) { to.out.one_packet = true; }, "", "Each packet is scheduled for itself: UDP and firewall marks."},
    {"hashed", 0, &read_hashed, "", "Taken without effect."},
    {"flag-1", 0, &set_scheduler_flag<1>, "", "The scheduler's flag 1."},
    {"flag-2", 0, &set_scheduler_flag<2>, "", "The scheduler's flag 2."},
    {"flag-3", 0, &set_scheduler_flag<4>, "", "The scheduler's flag 3."},
    {"sh-port", 0, &read_hash_flag, "", "With lb_algo sh, which stands above: the client's port is hashed, too."},
    {"sh-fallback", 0, &read_hash_flag, "", "With lb_algo sh, which stands above: another server while the hashed one is down."},
    {"mh-port", 0, &read_hash_flag, "", "With lb_algo mh, which stands above: the client's port is hashed, too."},
    {"mh-fallback", 0, &read_hash_flag, "", "With lb_algo mh, which stands above: another server while the hashed one is down."},
    {"ip_family", 1, &read_ip_family, "inet|inet6", "The family of a firewall mark's service. Default: the real servers'."},
    {"ha_suspend", 0, [](VirtualServerDraft& to, Reader&) { to.out.ha_suspend = true; }, "", "No checks while the service's address is not on this host."},
    {"smtp_alert", 0, &read_smtp_alert, "[BOOL]", "Mail when the quorum is lost or back. Default: smtp_alert_checker, smtp_alert, else off."},
    {"virtualhost", 0, [](VirtualServerDraft& to, Reader& in) { read_name(to.out.virtualhost, in, "virtual server"); }, "NAME", "The Host header of HTTP checks. Default: the address."},
    {"snmp_name", 0, [](VirtualServerDraft& to, Reader& in) { read_name(to.out.snmp_name, in, "virtual server"); }, "NAME", "A label; shown by nothing here."},
    {"alpha", 0, [](VirtualServerDraft& to, Reader&) { to.out.alpha = true; to.given.alpha = true; }, "", "Real servers are down until their checks have passed."},
    {"omega", 0, [](VirtualServerDraft& to, Reader&) { to.out.omega = true; }, "", "At the end the scripts for down servers and a lost quorum run."},
    {"quorum", 1, &read_quorum, "NUMBER", "The least sum of live servers' weights, from 1. Default: 1."},
    {"hysteresis", 1, &read_hysteresis, "NUMBER", "The quorum is back at quorum + hysteresis and lost below quorum - hysteresis; less than quorum. Default: 0."},
    {"quorum_up", 1, [](VirtualServerDraft& to, Reader& in) { read_check_script(to.out.quorum_up, in, service_name(to)); }, "COMMAND [USER [GROUP]]", "Runs when the quorum is back."},
    {"quorum_down", 1, [](VirtualServerDraft& to, Reader& in) { read_check_script(to.out.quorum_down, in, service_name(to)); }, "COMMAND [USER [GROUP]]", "Runs when it is lost."},
    {"weight", 1, &read_weight, "NUMBER", "Of real servers that say none, from 1. Default: 1."},
    {"retry", 1, [](VirtualServerDraft& to, Reader& in) { read_given_retry(to.given, in); }, "NUMBER", "Further attempts of a check before a server is down, from 1. Default: each checker's own."},
    {"delay_before_retry", 1, [](VirtualServerDraft& to, Reader& in) { read_given_delay_before_retry(to.given, in, "virtual server"); }, "SECONDS", "Between those attempts. Default: each checker's own."},
    {"warmup", 1, [](VirtualServerDraft& to, Reader& in) { read_given_warmup(to.given, in, "virtual server"); }, "SECONDS", "First checks begin at a random time up to this. Default: delay_loop."},
    {"connect_timeout", 1, [](VirtualServerDraft& to, Reader& in) { read_given_connect_timeout(to.given, in, "virtual server"); }, "SECONDS", "For one attempt of a check, 0.000001 to 4294. Default: 5."},
    {"inhibit_on_failure", 0, [](VirtualServerDraft& to, Reader&) { to.inhibit = true; }, "", "Servers that are down stay in the table with weight 0."},
    {"sorry_server", 1, &read_sorry_server, "ADDRESS [PORT]", "Serves while the quorum is lost. Default port: the service's."},
    {"sorry_server_inhibit", 0, &read_sorry_inhibit, "", "After sorry_server: the others stay in the table with weight 0 meanwhile."},
    {"sorry_server_lvs_method", 0, &read_sorry_method, "NAT|DR|TUN [OPTIONS]", "After sorry_server: how packets get to it. Default: lb_kind as it stands above."},
    {"real_server", 1, &read_real_server, "ADDRESS [PORT]", "A server. Default port: the service's. Without checkers it is always up.", Form::Block},
});

bool read_address(VirtualServerDraft& draft, Reader& in) {
  const auto address = Address::parse(in.word(1));
  const bool has_port = in.size() > 2;
  const auto port = address && has_port ? read_port(in, 2) : 0;
  if (!address || !address->is_ip() || !port) {
    in.complain("Invalid virtual server IP address" + (has_port ? "/port " + in.text(1) + '/' + in.text(2) : ' ' + in.text(1)) + " - skipping");
    return false;
  }
  draft.out.address = *address;
  draft.out.address.set_port(*port);
  draft.out.family = static_cast<std::uint8_t>(address->family());
  return true;
}

/// virtual_server ADDRESS [PORT] | fwmark N | group NAME. False: complained.
bool read_service(VirtualServerDraft& draft, Reader& in, const std::vector<VirtualServerDraft>& before) {
  const bool is_mark = in.word(1) == "fwmark";
  if (!is_mark && in.word(1) != "group") return read_address(draft, in);
  if (!has_arguments(in.statement(), 2, in.context())) return false;
  if (is_mark) {
    draft.out.kind = VirtualServer::Kind::Fwmark;
    const auto mark = in.number(2, 0, kMostUnsigned, Numbers::Lenient);
    if (!mark) in.complain("virtual server fwmark '" + in.text(2) + "' must be in [0, 4294967295] - ignoring", 2);
    draft.out.fwmark = static_cast<std::uint32_t>(mark.value_or(0));
    return mark.has_value();
  }
  draft.out.kind = VirtualServer::Kind::Group;
  draft.group_name = in.text(2);
  draft.group_use = static_cast<std::size_t>(std::count_if(before.begin(), before.end(), [&](const VirtualServerDraft& each) {
    return each.out.kind == VirtualServer::Kind::Group && each.group_name == draft.group_name;
  }));
  return true;
}

/// Servers that are not behind a tunnel must be of the service's family.
void check_sorry_family(VirtualServerDraft& draft, Reader& in) {
  if (!draft.sorry || draft.out.kind == VirtualServer::Kind::Group) return;
  const Address& address = draft.sorry->out.address;
  const Forwarding forwarding = draft.sorry->forwarding.value_or(draft.forwarding.value_or(Forwarding{}));
  if (forwarding.method == Forwarding::Method::Tunnel) return;
  if (draft.out.family == 0) draft.out.family = static_cast<std::uint8_t>(address.family());
  if (draft.out.family == address.family()) return;
  in.complain_at_end("Address family of virtual server and sorry server " + address.host() + " don't match - skipping sorry server.");
  draft.sorry.reset();
}

}  // namespace

void read_virtual_server(const Statement& block, Context& context, std::vector<VirtualServerDraft>& to) {
  Reader in{block, context};
  context.config.lvs.places.push_back(block.place(0));
  VirtualServerDraft draft;
  draft.out.place = block.place(1);
  if (!read_service(draft, in, to)) return;
  read_block(kVirtualServerKeywords, draft, block, context);
  if (context.stopped) return;
  check_sorry_family(draft, in);
  to.push_back(std::move(draft));
}

void list_virtual_server_keywords(KeywordList& list) {
  list_rows(list, "virtual_server", kVirtualServerKeywords);
}

}  // namespace parsers::keepalived
