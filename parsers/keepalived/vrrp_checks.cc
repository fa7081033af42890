// vrrp_sync_group, and what only the whole configuration can tell.
#include <fmt/format.h>

#include <algorithm>

#include "parsers/keepalived/auth_hmac.h"
#include "parsers/keepalived/keyword_list.h"
#include "parsers/keepalived/tracking_blocks.h"
#include "parsers/keepalived/vrrp_blocks.h"

namespace parsers::keepalived {
namespace {

constexpr Duration kSecond{1'000'000};
constexpr Duration kLongestV3{40'950'000};
constexpr std::uint8_t kOwner = 255;

// ---- vrrp_sync_group

void read_group_notify(SyncGroup& to, Reader& in) { (void)read_notify_keyword(to.notify, in, to.name); }

template <void (*Read)(const Statement&, Context&, const std::string&, std::vector<Track>&), std::vector<Track> SyncGroup::* Field>
void read_tracked(SyncGroup& to, Reader& in) { Read(in.statement(), in.context(), to.name, to.*Field); }

constexpr auto kGroupKeywords = std::to_array<Keyword<SyncGroup>>({
    {"group", 0, [](SyncGroup& to, Reader& in) {
       if (!to.member_names.empty()) return in.complain("Group list already specified for sync group " + to.name, 0);
       for (const Statement& line : in.statement().body)
         for (const Word& word : line.words) to.member_names.push_back(word.text);
     }, "{ INSTANCE... }", "The members. Needed.", Form::Block},
    {"track_interface", 0, [](SyncGroup& to, Reader& in) { read_track_interfaces(in.statement(), in.context(), to.name, to.track_interfaces); }, "{ INTERFACE [weight N [reverse]]... }", "Tracked for every member.", Form::Block},
    {"track_script", 0, &read_tracked<&read_track_scripts, &SyncGroup::track_scripts>, "{ NAME [weight N [reverse|noreverse]]... }", "Tracked for every member.", Form::Block},
    {"track_file", 0, &read_tracked<&read_track_files, &SyncGroup::track_files>, "{ NAME [weight N [reverse|noreverse]]... }", "Tracked for every member.", Form::Block},
    {"track_process", 0, &read_tracked<&read_track_processes, &SyncGroup::track_processes>, "{ NAME [weight N [reverse|noreverse]]... }", "Tracked for every member.", Form::Block},
    {"track_bfd", 0, &read_tracked<&read_track_bfds, &SyncGroup::track_bfds>, "{ NAME [weight N [reverse|noreverse]]... }", "Tracked for every member.", Form::Block},
    {"notify_master", 1, &read_group_notify, "COMMAND [USER [GROUP]]", "Runs when the group becomes MASTER."},
    {"notify_backup", 1, &read_group_notify, "COMMAND [USER [GROUP]]", "Runs when the group becomes BACKUP."},
    {"notify_fault", 1, &read_group_notify, "COMMAND [USER [GROUP]]", "Runs when the group goes to FAULT."},
    {"notify_stop", 1, &read_group_notify, "COMMAND [USER [GROUP]]", "Runs at the end."},
    {"notify", 1, &read_group_notify, "COMMAND [USER [GROUP]]", "Runs at every change, with GROUP, the name, the state and 0 as arguments."},
    {"smtp_alert", 0, [](SyncGroup& to, Reader& in) {
       if (const auto value = in.boolean(1)) to.smtp_alert = *value;
       else in.complain("Invalid vrrp_group smtp_alert parameter " + in.text(1));
     }, "[BOOL]", "Mail when the group changes. Default: smtp_alert_vrrp, smtp_alert, else off."},
    {"global_tracking", 0, [](SyncGroup& to, Reader& in) {
       in.complain('(' + to.name + ") global_tracking is deprecated. Use track_interface/script/file on the sync group", 0, Complaint::Deprecated);
       to.tracking_weight = true;
     }, "", "Old name of sync_group_tracking_weight."},
    {"sync_group_tracking_weight", 0, [](SyncGroup& to, Reader&) { to.tracking_weight = true; }, "", "Members' tracked weights may differ."},
    {"notify_priority_changes", 0, [](SyncGroup& to, Reader& in) {
       if (const auto value = in.boolean(1)) to.priority_changes = *value;
       else in.complain('(' + to.name + ") Invalid value '" + in.text(1) + "' for sync group notify_priority_changes specified");
     }, "[BOOL]", "Changes of members' effective priorities are events, too. Default: vrrp_notify_priority_changes."},
});

// ---- cross checks

/// Complaints of one instance, named as the original names them.
struct Check {
  VrrpInstance& instance;
  Context& context;
  void say(std::string text, Complaint complaint = Complaint::General) const {
    context.findings.about(complaint, instance.place, '(' + instance.name + ") " + std::move(text));
  }
  void refuse(std::string text) const {
    say(std::move(text));
    context.refused_vrrp = true;
  }
};

void check_family_and_version(const Check& check) {
  VrrpInstance& it = check.instance;
  if (it.family == 0 && it.source) it.family = static_cast<std::uint8_t>(it.source->family());
  if (it.family == 0 && !it.unicast_peers.empty()) it.family = static_cast<std::uint8_t>(it.unicast_peers[0].address.family());
  if (it.family == 0) it.family = AF_INET;
  if (!it.version_given) it.version = it.family == AF_INET6 ? 3 : check.context.config.global.vrrp_version;
  if (it.family == AF_INET6 && it.version == 2 && it.strict) it.version = 3;
}

void check_priority(const Check& check) {
  VrrpInstance& it = check.instance;
  if (!it.priority_given) it.priority = it.wants_master ? kOwner : 100;
  if (it.strict && it.wants_master != (it.priority == kOwner)) {
    check.say("State MASTER must match being address owner");
    it.wants_master = it.priority == kOwner;
  }
  if (it.priority == kOwner) it.wants_master = true;
  if (!it.preempt && it.priority == kOwner) {
    check.say("nopreempt is incompatible with priority 255. resetting nopreempt");
    it.preempt = true;
  }
  if (it.timer_expired_backup && it.preempt) {
    check.say("expired_timer_backup requires nopreempt - resetting");
    it.timer_expired_backup.reset();
  }
  if (!it.preempt && it.wants_master) {
    check.say("Warning - nopreempt will not work with initial state MASTER - clearing", Complaint::Warning);
    it.preempt = true;
  }
  if (it.preempt_delay.count() == 0) return;
  if (it.strict) {
    check.say("preempt_delay is incompatible with strict mode - resetting");
    it.preempt_delay = Duration{0};
  } else if (it.wants_master) {
    check.say("Warning - preempt delay will not work with initial state MASTER - clearing", Complaint::Warning);
    it.preempt_delay = Duration{0};
  } else if (!it.preempt) {
    check.say("Warning - preempt delay is incompatible with nopreempt mode - resetting", Complaint::Warning);
    it.preempt_delay = Duration{0};
  }
}

void check_advert_interval(const Check& check) {
  VrrpInstance& it = check.instance;
  if (it.version == 2 && it.advert_interval.count() % kSecond.count() != 0) {
    check.say(fmt::format("VRRPv2 advertisement interval {:.6f}s must be an integer. rounding", static_cast<double>(it.advert_interval.count()) / 1e6));
    const std::int64_t rounded = (it.advert_interval.count() + kSecond.count() / 2) / kSecond.count();
    it.advert_interval = std::max<std::int64_t>(rounded, 1) * kSecond;
  }
  if (it.version == 3 && it.advert_interval > kLongestV3) {
    check.say(fmt::format("VRRPv3 advertisement interval {:.2f}s is out of range. Must be less than 40.96s. Setting to 40.95s", static_cast<double>(it.advert_interval.count()) / 1e6));
    it.advert_interval = kLongestV3;
  }
  if (it.version == 3 && it.advert_interval.count() % 10'000 != 0)
    it.advert_interval = Duration{(it.advert_interval.count() + 5'000) / 10'000 * 10'000};
}

void check_authentication(const Check& check) {
  VrrpInstance& it = check.instance;
  if (it.auth_type == AuthType::None) {
    it.auth_pass.clear();
    return;
  }
  const char* reason = nullptr;
  if (it.strict) reason = "Strict mode does not support authentication. Ignoring.";
  else if (it.version == 3) reason = "VRRP version 3 does not support authentication. Ignoring.";
  else if (it.auth_type == AuthType::Ah && it.family == AF_INET6) reason = "Cannot use AH authentication with IPv6. ignoring";
  else if (it.auth_pass.empty()) reason = "Authentication specified but no password given. Ignoring";
  if (reason != nullptr) {
    check.say(reason);
    it.auth_type = AuthType::None;
    it.auth_pass.clear();
    return;
  }
  if (it.auth_type != AuthType::Ah || !it.wants_master) return;
  check.say("Initial state master is incompatible with AH authentication - clearing");
  it.wants_master = false;
}

void check_addresses(const Check& check) {
  VrrpInstance& it = check.instance;
  if (it.strict && it.no_virtual_ipaddress) {
    check.say("no_virtual_ipaddress and strict mode incompatible, clearing no_virtual_ipaddress");
    it.no_virtual_ipaddress = false;
  }
  if (it.addresses.empty() && !it.no_virtual_ipaddress && !check.context.missing_interface) {  // said already
    if (it.strict || it.version == 3) check.refuse("No VIP specified; at least one is required");
    else check.say("No VIP specified; at least one is sensible");
  }
  const std::size_t most = it.family == AF_INET6 ? (1500 - 40 - 8) / 16 : std::min<std::size_t>(255, (1500 - 20 - 8 - 8) / 4);
  if (it.addresses.size() > most) {
    check.say("Number of VIPs (" + std::to_string(it.addresses.size()) + ") exceeds maximum/space available in packet (max " + std::to_string(most) + " VIPs) - excess moved to eVIPs");
    it.excluded.insert(it.excluded.begin(), it.addresses.begin() + static_cast<std::ptrdiff_t>(most), it.addresses.end());
    it.addresses.resize(most);
  }
  const bool v6 = it.family == AF_INET6 && !it.addresses.empty();
  const auto& first = v6 ? it.addresses.front().address.ipv6_bits().s6_addr : in6addr_any.s6_addr;
  if (v6 && !(first[0] == 0xfe && (first[1] & 0xc0) == 0x80))
    check.say("the first IPv6 VIP address must be link local", it.strict ? Complaint::General : Complaint::Log);
}

void check_unicast(const Check& check) {
  VrrpInstance& it = check.instance;
  std::erase_if(it.unicast_peers, [&](const UnicastPeer& peer) {
    if (peer.address.family() == it.family) return false;
    check.say("Configuration error: VRRP instance[" + it.name + "] and unicast peer address[" + peer.address.host() + "] MUST be of the same family !!! Skipping...");
    return true;
  });
  if (it.source && it.source->family() != it.family) {
    check.say("Configuration error: VRRP instance[" + it.name + "] and src address[" + it.source->host() + "] MUST be of the same family !!! Skipping...");
    it.source.reset();
  }
  if (it.unicast_peers.empty()) {
    if (it.unicast_configured && !it.unicast_fault_no_peer)
      check.say("A unicast keyword has been specified without any unicast peers. Defaulting to multicast. This usage is deprecated - please update your configuration.", Complaint::Deprecated);
    if (it.unicast_ttl) {
      check.context.findings.about(Complaint::General, it.place, '(' + it.name + "): Cannot use unicast_ttl without unicast peers - resetting");
      it.unicast_ttl.reset();
    }
  } else if (it.strict) {
    check.refuse("Unicast peers are not supported in strict mode");
  } else if (it.multicast_group.is_ip()) {
    check.say("multicast destination specified with unicast - ignoring");
  }
  const GlobalDefs& global = check.context.config.global;
  if (!it.multicast_group.is_ip()) it.multicast_group = it.family == AF_INET6 ? global.multicast_group6 : global.multicast_group4;
  if (!it.source) it.track_source = false;
}

void check_strict(const Check& check) {
  VrrpInstance& it = check.instance;
  if (it.lower_repeat_given == false) it.garp.lower_prio_repeat = it.strict ? 0 : it.garp.lower_prio_repeat;
  if (it.lower_delay_given == false) it.garp.lower_prio_delay = it.strict ? Duration{0} : it.garp.lower_prio_delay;
  if (!it.strict) return;
  if (!it.lower_no_advert_given) it.lower_prio_no_advert = true;
  it.higher_prio_send_advert = false;
  it.down_timer_adverts = 3;
  if (it.accept_given && it.accept && it.version == 2) {
    check.say("warning - accept mode for VRRP version 2 does not comply with RFC3768 - resetting", Complaint::Warning);
    it.accept_given = false;
  }
  if (!it.accept_given) it.accept = it.priority == kOwner;
  if (it.priority == kOwner) it.owner_ignore_adverts = true;
}

void check_vmac(const Check& check) {
  VrrpInstance& it = check.instance;
  if (it.vmac_transmit_base && it.vmac == VirtualMac::None) {
    check.say("vmac_xmit_base is only valid with a vmac");
    it.vmac_transmit_base = false;
  }
  if (it.vmac != VirtualMac::None && !it.unicast_peers.empty()) it.vmac_transmit_base = true;
  if (it.vmac == VirtualMac::Ipvlan && it.family == AF_INET) {
    if (it.ipvlan_address && it.ipvlan_address->address.family() == AF_INET) it.source = it.ipvlan_address->address;
    else if (!it.source) check.say("IPv4 ipvlan requires a source ip address to be configured. setting instance to fault state");
  }
  if (it.vrf.empty() || (it.interface.empty() && it.source && !it.unicast_peers.empty())) return;
  check.say("vrf can only be specified with unicast peers, a source address and no interface - clearing");
  it.vrf.clear();
}

void check_interface(const Check& check) {
  VrrpInstance& it = check.instance;
  if (it.vrid == 0) check.refuse("the virtual router id must be set");
  const bool unicast_alone = it.interface.empty() && it.source && !it.unicast_peers.empty();
  const bool exists = !it.interface.empty() && (check.context.config.global.dynamic_interfaces || check.context.system.find_interface(it.interface));
  if (unicast_alone || exists) return;
  if (it.interface.empty()) return check.refuse("Unknown interface!");
  check.context.missing_interface = true;
}

void check_weights(const Check& check, bool in_group_without_weights) {
  VrrpInstance& it = check.instance;
  const auto reset = [&](auto& tracks, const char* type, const auto& name_of) {
    if (it.priority == kOwner) {
      std::erase_if(tracks, [&](const auto& track) {
        if (track.weight.value == 0) return false;
        check.say(std::string{"ignoring tracked "} + type + ' ' + name_of(track) + " with weights due to address owner");
        return true;
      });
      return;
    }
    if (!in_group_without_weights) return;
    for (auto& track : tracks) {
      if (track.weight.value == 0) continue;
      check.say(std::string{"ignoring weight from tracked "} + type + ' ' + name_of(track) + " due to SYNC group. specify weight 0");
      track.weight.value = 0;
    }
  };
  const KeepalivedConfig& config = check.context.config;
  reset(it.track_interfaces, "interface", [](const TrackInterface& each) { return each.interface; });
  reset(it.track_scripts, "script", [&](const Track& each) { return config.scripts[each.index].name; });
  reset(it.track_files, "file", [&](const Track& each) { return config.track_files[each.index].name; });
  reset(it.track_processes, "process", [&](const Track& each) { return config.track_processes[each.index].name; });
  reset(it.track_bfds, "bfd", [&](const Track& each) { return config.bfds[each.index].name; });
}

void resolve_groups(Context& context) {
  KeepalivedConfig& config = context.config;
  std::vector<SyncGroup> kept;
  for (SyncGroup& group : config.groups) {
    if (group.member_names.empty()) {
      context.findings.about(Complaint::General, group.place, "Sync group " + group.name + " has no members - removing");
      continue;
    }
    for (const std::string& name : group.member_names) {
      const auto found = std::find_if(config.instances.begin(), config.instances.end(), [&](const auto& each) { return each.name == name; });
      if (found == config.instances.end()) {
        context.findings.about(Complaint::General, group.place, "Virtual router " + name + " specified in sync group " + group.name + " doesn't exist - ignoring");
        continue;
      }
      if (found->group) {
        context.findings.about(Complaint::General, group.place, "Virtual router " + name + " cannot exist in more than one sync group; ignoring " + group.name);
        continue;
      }
      found->group = kept.size();
      group.members.push_back(static_cast<std::size_t>(found - config.instances.begin()));
    }
    if (group.members.empty()) {
      context.findings.about(Complaint::General, group.place, "Sync group " + group.name + " has no virtual router(s) - removing");
      continue;
    }
    if (group.members.size() == 1)
      context.findings.about(Complaint::General, group.place, "Sync group " + group.name + " has only 1 virtual router(s) - this probably isn't what you want");
    const bool mixed = std::any_of(group.members.begin(), group.members.end(), [&](std::size_t i) { return config.instances[i].wants_master != config.instances[group.members[0]].wants_master; });
    if (mixed)
      for (const std::size_t member : group.members) config.instances[member].wants_master = config.instances[member].priority == kOwner;
    kept.push_back(std::move(group));
  }
  config.groups = std::move(kept);
}

/// Both send multicast adverts of one virtual router.
bool are_one_router(const VrrpInstance& a, const VrrpInstance& b) {
  return a.vrid != 0 && a.vrid == b.vrid && a.family == b.family && a.unicast_peers.empty() && b.unicast_peers.empty() &&
         a.multicast_group.same_host(b.multicast_group);
}

/// With "dynamic_interfaces allow_if_changes" the daemon looks when the interfaces are there.
void check_duplicates(Context& context) {
  if (context.config.global.allow_interface_changes) return;
  const auto base_of = [&](const std::string& interface) { return context.system.find_base_interface(interface).value_or(interface); };
  const auto& all = context.config.instances;
  for (std::size_t i = 0; i < all.size(); ++i) {
    for (std::size_t j = i + 1; j < all.size(); ++j) {
      const VrrpInstance &a = all[i], &b = all[j];
      if (!are_one_router(a, b)) continue;
      const std::string base = a.interface == b.interface ? a.interface : base_of(a.interface);
      if (a.interface != b.interface && base != base_of(b.interface)) continue;
      context.findings.about(Complaint::General, b.place, fmt::format("{} and {} both use VRID {} with IPv{} on interface {}", a.name, b.name, a.vrid, a.family == AF_INET6 ? 6 : 4, base));
      context.refused_vrrp = true;
    }
  }
}

void settle_notify(Context& context) {
  const GlobalDefs& global = context.config.global;
  const bool by_default = global.smtp_alert_vrrp.value_or(global.smtp_alert.value_or(false));
  for (SyncGroup& group : context.config.groups) {
    group.notify.smtp_alert = group.smtp_alert.value_or(by_default);
    group.notify.priority_changes = group.priority_changes.value_or(global.notify_priority_changes);
  }
  for (VrrpInstance& instance : context.config.instances) {
    instance.notify.smtp_alert = instance.smtp_alert.value_or(by_default);
    const bool of_group = instance.group ? context.config.groups[*instance.group].notify.priority_changes : global.notify_priority_changes;
    instance.notify.priority_changes = instance.priority_changes.value_or(of_group);
  }
}

}  // namespace

void read_sync_group(const Statement& block, Context& context) {
  SyncGroup group;
  group.name = block.word(1);
  group.place = block.place(1);
  if (group.name.empty()) return context.findings.at(Complaint::General, block.whole(), "vrrp_sync_group must have a name - skipping");
  auto& known = context.config.groups;
  if (std::any_of(known.begin(), known.end(), [&](const auto& each) { return each.name == group.name; }))
    return context.findings.at(Complaint::General, block.place(1), "vrrp sync group " + group.name + " already defined");
  read_block(kGroupKeywords, group, block, context);
  known.push_back(std::move(group));
}

void complete_vrrp(Context& context) {
  for (VrrpInstance& instance : context.config.instances) {
    const Check check{.instance = instance, .context = context};
    check_family_and_version(check);
    check_priority(check);
    check_advert_interval(check);
    check_authentication(check);
    check_auth_hmac(instance, context);
    check_addresses(check);
    check_unicast(check);
    check_strict(check);
    check_vmac(check);
    check_interface(check);
  }
  resolve_groups(context);
  for (VrrpInstance& instance : context.config.instances) {
    const bool no_weights = instance.group && !context.config.groups[*instance.group].tracking_weight;
    check_weights({.instance = instance, .context = context}, no_weights);
  }
  check_duplicates(context);
  settle_notify(context);
  if (context.missing_interface) {
    context.findings.about(Complaint::General, {}, "Non-existent interface specified in configuration");
    context.refused_vrrp = true;
  }
}

void list_group_keywords(KeywordList& list) {
  list_rows(list, "vrrp_sync_group", kGroupKeywords);
}

}  // namespace parsers::keepalived
