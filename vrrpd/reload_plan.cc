#include "vrrpd/reload_plan.h"

#include <fmt/format.h>

#include <algorithm>

namespace vrrpd {

using parsers::keepalived::IpAddress;
using parsers::keepalived::KeepalivedConfig;
using parsers::keepalived::VrrpInstance;

namespace {

bool is_same_instance(const VrrpInstance& a, const VrrpInstance& b) {
  if (a.vrid != b.vrid || a.family != b.family || a.interface != b.interface) return false;
  if (a.unicast_peers.empty() != b.unicast_peers.empty()) return false;
  if (a.vmac != b.vmac || a.vmac_name != b.vmac_name || a.vmac_address != b.vmac_address) return false;
  if (a.vmac_group != b.vmac_group || a.vmac_for_addresses != b.vmac_for_addresses) return false;
  if (a.unicast_peers.empty()) return a.multicast_group.same_host(b.multicast_group);
  return a.source.has_value() == b.source.has_value() && (!a.source || a.source->same_host(*b.source));
}

std::string text_of(const IpAddress& address) {
  return fmt::format("{}/{}{}", address.address.host(), unsigned{address.prefix_length}, address.interface.empty() ? "" : " dev " + address.interface);
}

/// The differences of one instance, gathered as "what old -> new".
class Comparison {
 public:
  explicit Comparison(std::string name) : name_{std::move(name)} {}
  template <class T>
  void value(const char* what, const T& a, const T& b) {
    if (!(a == b)) add(fmt::format("{} {} -> {}", what, a, b));
  }
  /// Values that are not shown, or are secret.
  void differs(const char* what, bool differs) {
    if (differs) add(fmt::format("{} changed", what));
  }
  void addresses(const char* what, const std::vector<IpAddress>& a, const std::vector<IpAddress>& b) {
    const auto has = [](const auto& list, const IpAddress& one) {
      return std::any_of(list.begin(), list.end(), [&](const IpAddress& other) { return other.same_as(one); });
    };
    for (const IpAddress& one : b)
      if (!has(a, one)) add(fmt::format("{} +{}", what, text_of(one)));
    for (const IpAddress& one : a)
      if (!has(b, one)) add(fmt::format("{} -{}", what, text_of(one)));
  }
  /// Routes and rules, by their normalized lines.
  template <class T>
  void lines(const char* what, const std::vector<T>& a, const std::vector<T>& b) {
    const auto has = [](const auto& list, const T& one) {
      return std::any_of(list.begin(), list.end(), [&](const T& other) { return other.text == one.text; });
    };
    for (const T& one : b)
      if (!has(a, one)) add(fmt::format("{} +{}", what, one.text));
    for (const T& one : a)
      if (!has(b, one)) add(fmt::format("{} -{}", what, one.text));
  }
  std::vector<std::string> take() { return std::move(lines_); }

 private:
  void add(const std::string& text) { lines_.push_back(name_ + ": " + text); }
  std::string name_;
  std::vector<std::string> lines_;
};

double seconds(lib::base::Duration span) { return static_cast<double>(span.count()) / 1e6; }

/// What is tracked, by name: numbers move when the file's order does.
template <class T>
std::vector<std::string> names(const std::vector<parsers::keepalived::Track>& tracked, const std::vector<T>& things) {
  std::vector<std::string> out;
  for (const auto& one : tracked)
    out.push_back(fmt::format("{} weight {}{}", things[one.index].name, one.weight.value, one.weight.reverse ? " reverse" : ""));
  return out;
}

template <class T>
std::vector<std::string> tracked_names(const T& of, const KeepalivedConfig& config) {
  std::vector<std::string> out;
  for (const auto& one : of.track_interfaces) out.push_back(fmt::format("interface {} weight {}{}", one.interface, one.weight.value, one.weight.reverse ? " reverse" : ""));
  for (const auto& list : {names(of.track_scripts, config.scripts), names(of.track_files, config.track_files), names(of.track_processes, config.track_processes), names(of.track_bfds, config.bfds)})
    out.insert(out.end(), list.begin(), list.end());
  return out;
}

bool same_command(const std::optional<parsers::keepalived::Command>& a, const std::optional<parsers::keepalived::Command>& b) {
  return a.has_value() == b.has_value() && (!a || *a == *b);
}

bool same_notify(const parsers::keepalived::Notify& a, const parsers::keepalived::Notify& b) {
  return same_command(a.master, b.master) && same_command(a.backup, b.backup) && same_command(a.fault, b.fault) && same_command(a.stop, b.stop) &&
         same_command(a.deleted, b.deleted) && same_command(a.generic, b.generic) && same_command(a.master_rx_lower_pri, b.master_rx_lower_pri) &&
         a.smtp_alert == b.smtp_alert && a.notify_deleted == b.notify_deleted && a.priority_changes == b.priority_changes;
}

bool same_peers(const VrrpInstance& a, const VrrpInstance& b) { return a.unicast_peers == b.unicast_peers; }

std::vector<std::string> compare(const VrrpInstance& a, const VrrpInstance& b, const KeepalivedConfig& before, const KeepalivedConfig& after) {
  Comparison out{"instance " + b.name};
  out.value("name", a.name, b.name);
  out.value("priority", unsigned{a.priority}, unsigned{b.priority});
  out.value("advert_int", seconds(a.advert_interval), seconds(b.advert_interval));
  out.value("version", unsigned{a.version}, unsigned{b.version});
  out.value("preempt", a.preempt, b.preempt);
  out.value("preempt_delay", seconds(a.preempt_delay), seconds(b.preempt_delay));
  out.value("down_timer_adverts", a.down_timer_adverts, b.down_timer_adverts);
  out.value("accept", a.accept, b.accept);
  out.value("group", a.group ? before.groups[*a.group].name : "none", b.group ? after.groups[*b.group].name : "none");
  out.addresses("virtual_ipaddress", a.addresses, b.addresses);
  out.addresses("virtual_ipaddress_excluded", a.excluded, b.excluded);
  out.lines("virtual_routes", a.routes, b.routes);
  out.lines("virtual_rules", a.rules, b.rules);
  out.differs("unicast_peer", !same_peers(a, b));
  out.differs("authentication", a.auth_type != b.auth_type || a.auth_pass != b.auth_pass || a.auth_hmac != b.auth_hmac);
  out.differs("way of sending", !has_same_path(a, b));
  out.differs("tracking", tracked_names(a, before) != tracked_names(b, after));
  out.differs("notify", !same_notify(a.notify, b.notify));
  out.differs("gratuitous ARP times", !(a.garp == b.garp));
  const bool same_rest = a.strict == b.strict && a.skip_check_adv_addr == b.skip_check_adv_addr && a.lower_prio_no_advert == b.lower_prio_no_advert &&
                         a.higher_prio_send_advert == b.higher_prio_send_advert && a.owner_ignore_adverts == b.owner_ignore_adverts && a.wants_master == b.wants_master &&
                         a.make_before_break == b.make_before_break && a.advertise_priority_change == b.advertise_priority_change &&
                         a.check_unicast_source == b.check_unicast_source && a.promote_secondaries == b.promote_secondaries && a.track_primary == b.track_primary;
  out.differs("other settings", !same_rest);
  return out.take();
}

/// Things with names: which came, went or changed.
template <class T, class Same>
void compare_named(const char* what, const std::vector<T>& before, const std::vector<T>& after, Same&& same, std::vector<std::string>& out) {
  const auto find = [](const std::vector<T>& list, const std::string& name) {
    return std::find_if(list.begin(), list.end(), [&](const T& one) { return one.name == name; });
  };
  for (const T& one : after) {
    const auto old = find(before, one.name);
    if (old == before.end()) out.push_back(fmt::format("{} {}: new", what, one.name));
    else if (!same(*old, one)) out.push_back(fmt::format("{} {}: changed", what, one.name));
  }
  for (const T& one : before)
    if (find(after, one.name) == after.end()) out.push_back(fmt::format("{} {}: removed", what, one.name));
}

std::vector<std::string> refusals(const KeepalivedConfig& before, const KeepalivedConfig& after) {
  std::vector<std::string> out;
  const auto fixed = [&](const char* what, bool same) {
    if (!same) out.push_back(fmt::format("Cannot change {} at a reload - please restart keepalived", what));
  };
  fixed("net_namespace", before.net_namespace == after.net_namespace);
  fixed("net_namespace_ipvs", before.net_namespace_ipvs == after.net_namespace_ipvs);
  fixed("instance", before.instance_name == after.instance_name);
  fixed("nftables table name", before.global.nftables_table == after.global.nftables_table);
  fixed("disable_local_igmp", before.global.disable_local_igmp == after.global.disable_local_igmp);
  return out;
}

}  // namespace

bool has_same_path(const VrrpInstance& a, const VrrpInstance& b) {
  const bool same_source = a.source.has_value() == b.source.has_value() && (!a.source || a.source->same_host(*b.source));
  return same_source && a.receive_buffer == b.receive_buffer && a.vmac_transmit_base == b.vmac_transmit_base && a.auth_type == b.auth_type;
}

ReloadPlan plan_reload(const KeepalivedConfig& before, const KeepalivedConfig& after) {
  ReloadPlan plan;
  plan.refused = refusals(before, after);
  std::vector<bool> kept(before.instances.size(), false);
  for (const VrrpInstance& instance : after.instances) {
    const auto same = [&](const VrrpInstance& other) { return is_same_instance(other, instance); };
    const auto old = std::find_if(before.instances.begin(), before.instances.end(), same);
    if (old == before.instances.end()) {
      plan.was.emplace_back();
      plan.changes.push_back("instance " + instance.name + ": new");
      continue;
    }
    const auto number = static_cast<std::size_t>(old - before.instances.begin());
    kept[number] = true;
    plan.was.emplace_back(number);
    const auto differences = compare(*old, instance, before, after);
    plan.changes.insert(plan.changes.end(), differences.begin(), differences.end());
  }
  for (std::size_t i = 0; i < kept.size(); ++i) {
    if (kept[i]) continue;
    plan.removed.push_back(i);
    plan.changes.push_back("instance " + before.instances[i].name + ": removed");
  }
  const auto same_group = [&](const auto& a, const auto& b) {
    return a.member_names == b.member_names && tracked_names(a, before) == tracked_names(b, after) && same_notify(a.notify, b.notify);
  };
  compare_named("group", before.groups, after.groups, same_group, plan.changes);
  const auto same_script = [](const auto& a, const auto& b) {
    return a.command == b.command && a.interval == b.interval && a.timeout == b.timeout && a.weight == b.weight && a.rise == b.rise && a.fall == b.fall;
  };
  compare_named("script", before.scripts, after.scripts, same_script, plan.changes);
  const auto same_file = [](const auto& a, const auto& b) { return a.path == b.path && a.weight == b.weight; };
  compare_named("track_file", before.track_files, after.track_files, same_file, plan.changes);
  const auto same_process = [](const auto& a, const auto& b) {
    return a.path == b.path && a.parameters == b.parameters && a.match == b.match && a.weight == b.weight && a.quorum == b.quorum && a.quorum_max == b.quorum_max;
  };
  compare_named("process", before.track_processes, after.track_processes, same_process, plan.changes);
  compare_named("bfd", before.bfds, after.bfds, [](const auto& a, const auto& b) { return a.same_as(b); }, plan.changes);
  Comparison statics{"static"};
  statics.addresses("ipaddress", before.static_addresses, after.static_addresses);
  statics.lines("route", before.static_routes, after.static_routes);
  statics.lines("rule", before.static_rules, after.static_rules);
  for (std::string& line : statics.take()) plan.changes.push_back(std::move(line));
  return plan;
}

}  // namespace vrrpd
