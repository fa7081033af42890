#include "vrrpd/reload_plan.h"

#include <fmt/format.h>

#include <algorithm>

#include "keepalived/plan/globals_plan.h"
#include "keepalived/plan/named.h"

namespace vrrpd {

using keepalived::plan::compare_named;
using lib::plan::Change;
using lib::plan::Comparison;
using parsers::keepalived::IpAddress;
using parsers::keepalived::IpRoute;
using parsers::keepalived::IpRule;
using parsers::keepalived::KeepalivedConfig;
using parsers::keepalived::Notify;
using parsers::keepalived::SyncGroup;
using parsers::keepalived::TrackGroup;
using parsers::keepalived::TrackProcess;
using parsers::keepalived::UnicastPeer;
using parsers::keepalived::VrrpInstance;
using parsers::keepalived::VrrpScript;

namespace {

using Texts = std::vector<std::string>;

bool is_same_instance(const VrrpInstance& a, const VrrpInstance& b) {
  if (a.vrid != b.vrid || a.family != b.family || a.interface != b.interface) return false;
  if (a.unicast_peers.empty() != b.unicast_peers.empty()) return false;
  if (a.vmac != b.vmac || a.vmac_name != b.vmac_name || a.vmac_address != b.vmac_address) return false;
  if (a.vmac_group != b.vmac_group || a.vmac_for_addresses != b.vmac_for_addresses) return false;
  if (a.unicast_peers.empty()) return a.multicast_group.same_host(b.multicast_group);
  return a.source.has_value() == b.source.has_value() && (!a.source || a.source->same_host(*b.source));
}

/// Says all that IpAddress::same_as() looks at, so that what differs reads differently.
std::string text_of(const IpAddress& address) {
  std::string out = fmt::format("{}/{}", address.address.host(), unsigned{address.prefix_length});
  if (address.peer) out += fmt::format(" peer {}/{}", address.peer->host(), unsigned{address.peer_prefix_length});
  if (address.broadcast) out += " brd " + address.broadcast->host();
  if (!address.interface.empty()) out += " dev " + address.interface;
  if (address.scope != 0) out += fmt::format(" scope {}", unsigned{address.scope});
  if (!address.label.empty()) out += " label " + address.label;
  if (address.preferred_lifetime_s) out += fmt::format(" preferred_lft {}", *address.preferred_lifetime_s);
  for (const auto& [is_set, word] : {std::pair{address.home, " home"}, {address.no_dad, " -nodad"}, {address.managed_temporary, " mngtmpaddr"}, {address.no_prefix_route, " noprefixroute"},
                                     {address.autojoin, " autojoin"}, {!address.tracked, " no_track"}, {address.use_vmac, " use_vmac"}})
    if (is_set) out += word;
  if (!address.track_group.empty()) out += " track_group " + address.track_group;
  return out;
}

std::string text_of(const UnicastPeer& peer) {
  std::string out = peer.address.host();
  if (peer.min_ttl) out += fmt::format(" min_ttl {}", unsigned{*peer.min_ttl});
  if (peer.max_ttl) out += fmt::format(" max_ttl {}", unsigned{*peer.max_ttl});
  return out;
}

/// Routes and rules have normalized lines; whether one is tracked is not in them.
template <class T>
std::string line_of(const T& one) {
  return one.text + (one.tracked ? "" : " no_track") + (one.track_group.empty() ? "" : " track_group " + one.track_group);
}
std::string text_of(const IpRoute& route) { return line_of(route); }
std::string text_of(const IpRule& rule) { return line_of(rule); }

template <class T>
Texts texts(const std::vector<T>& things) {
  Texts out;
  for (const T& one : things) out.push_back(text_of(one));
  return out;
}

/// What is tracked, by name: numbers move when the file's order does.
template <class T>
void compare_tracked(Comparison& of, const char* keyword, const std::vector<parsers::keepalived::Track>& a, const std::vector<T>& things_a,
                     const std::vector<parsers::keepalived::Track>& b, const std::vector<T>& things_b) {
  const auto named = [](const auto& tracked, const std::vector<T>& things) {
    Texts out;
    for (const auto& one : tracked) out.push_back(fmt::format("{} weight {}", things[one.index].name, keepalived::plan::text_of(one.weight)));
    return out;
  };
  of.list(keyword, named(a, things_a), named(b, things_b), Comparison::Order::Free);
}

/// Of an instance or a group.
template <class T>
void compare_tracking(Comparison& of, const T& a, const T& b, const KeepalivedConfig& before, const KeepalivedConfig& after) {
  const auto interfaces = [](const T& one) {
    Texts out;
    for (const auto& each : one.track_interfaces) out.push_back(fmt::format("{} weight {}", each.interface, keepalived::plan::text_of(each.weight)));
    return out;
  };
  of.list("track_interface", interfaces(a), interfaces(b), Comparison::Order::Free);
  compare_tracked(of, "track_script", a.track_scripts, before.scripts, b.track_scripts, after.scripts);
  compare_tracked(of, "track_file", a.track_files, before.track_files, b.track_files, after.track_files);
  compare_tracked(of, "track_process", a.track_processes, before.track_processes, b.track_processes, after.track_processes);
  compare_tracked(of, "track_bfd", a.track_bfds, before.bfds, b.track_bfds, after.bfds);
}

void compare_notify(Comparison& of, const Notify& a, const Notify& b) {
  using keepalived::plan::command;
  command(of, "notify_master", a.master, b.master);
  command(of, "notify_backup", a.backup, b.backup);
  command(of, "notify_fault", a.fault, b.fault);
  command(of, "notify_stop", a.stop, b.stop);
  command(of, "notify_deleted", a.deleted, b.deleted);
  command(of, "notify", a.generic, b.generic);
  command(of, "notify_master_rx_lower_pri", a.master_rx_lower_pri, b.master_rx_lower_pri);
  of.value("smtp_alert", a.smtp_alert, b.smtp_alert);
  of.value("notify_deleted instead of notify_fault", a.notify_deleted, b.notify_deleted);
  of.value("notify_priority_changes", a.priority_changes, b.priority_changes);
}

void compare_garp(Comparison& of, const VrrpInstance& before, const VrrpInstance& after) {
  const auto &a = before.garp, &b = after.garp;
  of.value("garp_master_delay", a.master_delay, b.master_delay);
  of.value("garp_master_repeat", a.master_repeat, b.master_repeat);
  of.value("garp_master_refresh", a.master_refresh, b.master_refresh);
  of.value("garp_master_refresh_repeat", a.master_refresh_repeat, b.master_refresh_repeat);
  of.value("garp_lower_prio_delay", a.lower_prio_delay, b.lower_prio_delay);
  of.value("garp_lower_prio_repeat", a.lower_prio_repeat, b.lower_prio_repeat);
  of.value("garp_extra_if", a.extra_interval, b.extra_interval);
  of.value("garp_extra_if all", a.extra_all, b.extra_all);
}

/// How it sends and what it takes.
void compare_sending(Comparison& of, const VrrpInstance& a, const VrrpInstance& b) {
  const auto host = [](const std::optional<lib::net::Address>& address) { return address ? address->host() : std::string{}; };
  const auto number = [](const std::optional<std::uint8_t>& value) { return value ? std::optional{unsigned{*value}} : std::nullopt; };
  constexpr const char* kAuthTypes[] = {"none", "PASS", "AH"};
  constexpr const char* kChecksums[] = {"detect", "force", "never"};
  of.value(a.unicast_peers.empty() ? "mcast_src_ip" : "unicast_src_ip", host(a.source), host(b.source));
  of.list("unicast_peer", texts(a.unicast_peers), texts(b.unicast_peers));
  of.value("unicast_ttl", number(a.unicast_ttl), number(b.unicast_ttl));
  of.value("unicast_fault_no_peer", a.unicast_fault_no_peer, b.unicast_fault_no_peer);
  of.value("check_unicast_src", a.check_unicast_source, b.check_unicast_source);
  of.value("track_src_ip", a.track_source, b.track_source);
  of.value("auth_type", kAuthTypes[static_cast<std::size_t>(a.auth_type)], kAuthTypes[static_cast<std::size_t>(b.auth_type)]);
  of.secret("auth_pass", a.auth_pass == b.auth_pass);
  of.secret("auth_hmac", a.auth_hmac == b.auth_hmac);
  of.value("old_unicast_checksum", kChecksums[static_cast<std::size_t>(a.old_checksum)], kChecksums[static_cast<std::size_t>(b.old_checksum)]);
  of.value("v3_checksum_as_v2", a.v3_checksum_as_v2, b.v3_checksum_as_v2);
  of.value("vmac_xmit_base", a.vmac_transmit_base, b.vmac_transmit_base);
  of.value("kernel_rx_buf_size", a.receive_buffer, b.receive_buffer);
  of.value("skip_check_adv_addr", a.skip_check_adv_addr, b.skip_check_adv_addr);
  of.value("strict_mode", a.strict, b.strict);
}

void compare(Comparison& of, const VrrpInstance& a, const VrrpInstance& b, const KeepalivedConfig& before, const KeepalivedConfig& after) {
  of.value("name", a.name, b.name);
  of.value("state", a.wants_master ? "MASTER" : "BACKUP", b.wants_master ? "MASTER" : "BACKUP");
  of.value("priority", unsigned{a.priority}, unsigned{b.priority});
  of.value("advert_int", a.advert_interval, b.advert_interval);
  of.value("version", unsigned{a.version}, unsigned{b.version});
  of.value("preempt", a.preempt, b.preempt);
  of.value("preempt_delay", a.preempt_delay, b.preempt_delay);
  of.value("down_timer_adverts", a.down_timer_adverts, b.down_timer_adverts);
  of.value("accept", a.accept, b.accept);
  of.value("vrrp_sync_group", a.group ? before.groups[*a.group].name : std::string{}, b.group ? after.groups[*b.group].name : std::string{});
  of.list("virtual_ipaddress", texts(a.addresses), texts(b.addresses));
  of.list("virtual_ipaddress_excluded", texts(a.excluded), texts(b.excluded));
  of.list("virtual_routes", texts(a.routes), texts(b.routes));
  of.list("virtual_rules", texts(a.rules), texts(b.rules));
  compare_sending(of, a, b);
  compare_tracking(of, a, b, before, after);
  of.value("dont_track_primary", !a.track_primary, !b.track_primary);
  compare_notify(of, a.notify, b.notify);
  compare_garp(of, a, b);
  of.value("lower_prio_no_advert", a.lower_prio_no_advert, b.lower_prio_no_advert);
  of.value("higher_prio_send_advert", a.higher_prio_send_advert, b.higher_prio_send_advert);
  of.value("owner_ignore_adverts", a.owner_ignore_adverts, b.owner_ignore_adverts);
  const auto number = [](const std::optional<std::uint8_t>& value) { return value ? std::optional{unsigned{*value}} : std::nullopt; };
  of.value("timer_expired_backup", number(a.timer_expired_backup), number(b.timer_expired_backup));
  of.value("linkbeat_use_polling", a.linkbeat_polling, b.linkbeat_polling);
  of.value("promote_secondaries", a.promote_secondaries, b.promote_secondaries);
  of.value("original_release", !a.make_before_break, !b.make_before_break);
  of.value("original_priority_advert", !a.advertise_priority_change, !b.advertise_priority_change);
  of.value("no_duplicate_check", !a.report_duplicates, !b.report_duplicates);
}

/// What belongs to the interface that was made for the instance: it is as it was made until it is made again.
void compare_made(Comparison& of, const VrrpInstance& a, const VrrpInstance& b) {
  constexpr const char* kModes[] = {"bridge", "private", "vepa"};
  const auto address = [](const VrrpInstance& one) { return one.ipvlan_address ? text_of(*one.ipvlan_address) : std::string{}; };
  of.value("vrf", a.vrf, b.vrf);
  of.value("use_ipvlan", address(a), address(b));
  of.value("use_ipvlan mode", kModes[static_cast<std::size_t>(a.ipvlan_mode)], kModes[static_cast<std::size_t>(b.ipvlan_mode)]);
}

void compare_trackers(const KeepalivedConfig& before, const KeepalivedConfig& after, lib::plan::Plan& out) {
  compare_named(out, "vrrp_script", before.scripts, after.scripts, [](const VrrpScript& a, const VrrpScript& b, Comparison& of) {
    keepalived::plan::command(of, "script", a.command, b.command);
    of.value("interval", a.interval, b.interval);
    of.value("timeout", a.timeout, b.timeout);
    of.value("weight", keepalived::plan::text_of(a.weight), keepalived::plan::text_of(b.weight));
    of.value("rise", a.rise, b.rise);
    of.value("fall", a.fall, b.fall);
    of.value("init_fail", a.init_fail, b.init_fail);
  });
  keepalived::plan::track_files(out, before, after);
  compare_named(out, "vrrp_track_process", before.track_processes, after.track_processes, [](const TrackProcess& a, const TrackProcess& b, Comparison& of) {
    constexpr const char* kMatches[] = {"none", "exact", "initial", "partial"};
    of.value("process", a.path, b.path);
    of.list("parameters", a.parameters, b.parameters);
    of.value("param_match", kMatches[static_cast<std::size_t>(a.match)], kMatches[static_cast<std::size_t>(b.match)]);
    of.value("weight", keepalived::plan::text_of(a.weight), keepalived::plan::text_of(b.weight));
    of.value("quorum", a.quorum, b.quorum);
    of.value("quorum_max", a.quorum_max, b.quorum_max);
    of.value("fork_delay", a.fork_delay, b.fork_delay);
    of.value("terminate_delay", a.terminate_delay, b.terminate_delay);
    of.value("full_command", a.full_command, b.full_command);
  });
  keepalived::plan::bfd_instances(out, before, after);
  compare_named(out, "track_group", before.track_groups, after.track_groups,
                [](const TrackGroup& a, const TrackGroup& b, Comparison& of) { of.list("group", a.member_names, b.member_names); });
}

void compare_statics(const KeepalivedConfig& before, const KeepalivedConfig& after, lib::plan::Plan& out) {
  Comparison of{out, "file"};
  of.list("static_ipaddress", texts(before.static_addresses), texts(after.static_addresses));
  of.list("static_routes", texts(before.static_routes), texts(after.static_routes));
  of.list("static_rules", texts(before.static_rules), texts(after.static_rules));
}

}  // namespace

bool has_same_path(const VrrpInstance& a, const VrrpInstance& b) {
  const bool same_source = a.source.has_value() == b.source.has_value() && (!a.source || a.source->same_host(*b.source));
  return same_source && a.receive_buffer == b.receive_buffer && a.vmac_transmit_base == b.vmac_transmit_base && a.auth_type == b.auth_type;
}

ReloadPlan plan_reload(const KeepalivedConfig& before, const KeepalivedConfig& after) {
  ReloadPlan plan;
  lib::plan::Plan& out = plan.changes;
  keepalived::plan::compare_globals(keepalived::plan::Part::Vrrp, before, after, out);
  std::vector<bool> kept(before.instances.size(), false);
  for (const VrrpInstance& instance : after.instances) {
    const auto same = [&](const VrrpInstance& other) { return is_same_instance(other, instance); };
    const auto old = std::find_if(before.instances.begin(), before.instances.end(), same);
    const std::string thing = "vrrp_instance " + instance.name;
    if (old == before.instances.end()) {
      plan.was.emplace_back();
      out.add(thing);
      continue;
    }
    const auto number = static_cast<std::size_t>(old - before.instances.begin());
    kept[number] = true;
    plan.was.emplace_back(number);
    Comparison of{out, thing};
    compare(of, *old, instance, before, after);
    Comparison made{out, thing, Change::AtNextStart};
    compare_made(made, *old, instance);
  }
  for (std::size_t i = 0; i < kept.size(); ++i) {
    if (kept[i]) continue;
    plan.removed.push_back(i);
    out.remove("vrrp_instance " + before.instances[i].name);
  }
  compare_named(out, "vrrp_sync_group", before.groups, after.groups, [&](const SyncGroup& a, const SyncGroup& b, Comparison& of) {
    of.list("group", a.member_names, b.member_names);
    compare_tracking(of, a, b, before, after);
    of.value("sync_group_tracking_weight", a.tracking_weight, b.tracking_weight);
    compare_notify(of, a.notify, b.notify);
  });
  compare_trackers(before, after, out);
  compare_statics(before, after, out);
  return plan;
}

}  // namespace vrrpd
