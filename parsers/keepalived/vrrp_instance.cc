#include <fmt/format.h>

#include <algorithm>

#include "parsers/keepalived/auth_hmac.h"
#include "parsers/keepalived/address_line.h"
#include "parsers/keepalived/command.h"
#include "parsers/keepalived/keyword_list.h"
#include "parsers/keepalived/route_line.h"
#include "parsers/keepalived/rule_line.h"
#include "parsers/keepalived/tracking_blocks.h"
#include "parsers/keepalived/vmac_line.h"
#include "parsers/keepalived/vrrp_blocks.h"

namespace parsers::keepalived {

namespace {

constexpr Duration kSecond{1'000'000};
constexpr std::int64_t kMostCount = 2147483647, kMostUnsigned = 4294967295;
constexpr std::uint8_t kLateTimerPriority = 254;  // of timer_expired_backup without a number

std::string named(const VrrpInstance& instance) { return '(' + instance.name + ") "; }

// ---- the instance itself

void read_state(VrrpInstance& to, Reader& in) {
  if (in.word(1) == "MASTER") {
    to.wants_master = true;
    return;
  }
  if (in.word(1) != "BACKUP") return in.complain(named(to) + "unknown state '" + in.text(1) + "', defaulting to BACKUP");
  if (to.wants_master) in.complain(named(to) + "state previously set as MASTER - ignoring BACKUP");
}

void read_interface(VrrpInstance& to, Reader& in) {
  to.interface = in.text(1);
  const auto found = in.context().system.find_interface(to.interface);
  if (!found) {
    if (in.context().config.global.dynamic_interfaces) return;
    in.complain("WARNING - interface " + to.interface + " for vrrp_instance " + to.name + " doesn't exist", 1, Complaint::BadInterface);
    return;
  }
  if (!found->is_loopback) return;
  in.complain(named(to) + "cannot use a loopback interface (" + to.interface + ") for vrrp - ignoring");
  to.interface.clear();
}

void read_vrid(VrrpInstance& to, Reader& in) {
  if (const auto value = in.number(1, 1, 255)) to.vrid = static_cast<std::uint8_t>(*value);
  else in.complain('(' + to.name + "): VRID '" + in.text(1) + "' not valid - must be between 1 & 255");
}

void read_advert_interval(VrrpInstance& to, Reader& in) {
  if (const auto value = in.seconds(1, Duration{10'000}, 255 * kSecond)) to.advert_interval = *value;
  else in.complain(named(to) + "Advert interval (" + in.text(1) + ") not valid! Must be > 0 - ignoring");
}

void read_version(VrrpInstance& to, Reader& in) {
  const auto value = in.number(1, 2, 3, Numbers::Lenient);
  if (!value) return in.complain('(' + to.name + "): Version must be either 2 or 3");
  if (to.family == AF_INET6 && *value == 2)
    return in.complain(named(to) + "vrrp_version 2 conflicts with configured or deduced version 3; ignoring.");
  to.version = static_cast<std::uint8_t>(*value);
  to.version_given = true;
}

// ---- addresses

bool take_family(VrrpInstance& to, const IpAddress& address, Reader& in) {
  if (to.family == 0) to.family = static_cast<std::uint8_t>(address.address.family());
  if (to.family == address.address.family()) return true;
  in.complain('(' + to.name + "): address family must match VRRP instance [" + in.text(0) + "] - ignoring", 0);
  return false;
}

bool has_address(const std::vector<IpAddress>& all, const IpAddress& wanted) {
  return std::any_of(all.begin(), all.end(), [&](const IpAddress& each) {
    return each.address.same_host(wanted.address) && each.interface == wanted.interface;
  });
}

bool has_interface(const IpAddress& address, Reader& in) {
  if (address.interface.empty() || in.context().config.global.dynamic_interfaces) return true;
  if (in.context().system.find_interface(address.interface)) return true;
  in.complain("WARNING - interface " + address.interface + " for ip address " + in.text(0) + " doesn't exist", 0, Complaint::BadInterface);
  in.context().missing_interface = true;
  return false;
}

void read_addresses(VrrpInstance& to, Reader& in) {
  for (const Statement& line : in.statement().body) {
    Reader each{line, in.context()};
    const auto address = read_address_line(each, false);
    if (!address || !has_interface(*address, each) || !take_family(to, *address, each)) continue;
    if (has_address(to.addresses, *address)) {
      each.complain('(' + to.name + "): VIP duplicates a VIP " + each.text(0) + " - ignoring", 0);
      continue;
    }
    to.addresses.push_back(*address);
  }
}

void read_excluded(VrrpInstance& to, Reader& in) {
  for (const Statement& line : in.statement().body) {
    Reader each{line, in.context()};
    const auto address = read_address_line(each, false);
    if (!address || !has_interface(*address, each)) continue;
    if (has_address(to.addresses, *address) || has_address(to.excluded, *address)) {
      each.complain('(' + to.name + "): Excluded VIP duplicates a VIP " + each.text(0) + " - ignoring", 0);
      continue;
    }
    to.excluded.push_back(*address);
  }
}

void read_source(VrrpInstance& to, Reader& in) {
  const auto address = Address::parse(in.word(1));
  if (!address || !address->is_ip())
    return in.complain("Configuration error: VRRP instance[" + to.name + "] malformed src address[" + in.text(1) + "]. Skipping...");
  to.source = *address;
}

void read_source_check(VrrpInstance& to, Reader&) {
  to.unicast_configured = true;
  to.check_unicast_source = true;
}

void read_unicast_peers(VrrpInstance& to, Reader& in) {
  to.unicast_configured = true;
  for (const Statement& line : in.statement().body) {
    Reader each{line, in.context()};
    const auto address = Address::parse(each.word(0));
    if (!address || !address->is_ip()) {
      each.complain("Configuration error: VRRP instance[" + to.name + "] malformed unicast peer address[" + each.text(0) + "]. Skipping...", 0);
      continue;
    }
    UnicastPeer peer{.address = *address, .min_ttl = {}, .max_ttl = {}};
    if (std::any_of(to.unicast_peers.begin(), to.unicast_peers.end(), [&](const auto& known) { return known.address.same_host(*address); })) {
      each.complain(named(to) + each.text(0) + " - duplicate unicast_peer", 0);
      continue;
    }
    for (std::size_t i = 1; i < each.size(); ++i) {
      auto* const bound = each.word(i) == "min_ttl" ? &peer.min_ttl : each.word(i) == "max_ttl" ? &peer.max_ttl : nullptr;
      if (bound == nullptr || i + 1 >= each.size()) {
        each.complain(named(to) + each.text(0) + " - unknown unicast_peer option " + each.text(i), i);
        break;
      }
      if (const auto value = each.number(++i, 0, 255)) *bound = static_cast<std::uint8_t>(*value);
    }
    if (peer.min_ttl || peer.max_ttl) to.check_unicast_source = true;
    to.unicast_peers.push_back(peer);
  }
}

void read_multicast_destination(VrrpInstance& to, Reader& in) {
  const auto address = Address::parse(in.word(1));
  const bool multicast = address && (address->is_ipv4() ? (address->ipv4_bits() >> 28) == 0xe
                                                        : address->is_ipv6() && address->ipv6_bits().s6_addr[0] == 0xff);
  if (!multicast) return in.complain(named(to) + "mcast_dst_ip " + in.text(1) + " is not multicast. Skipping...");
  to.multicast_group = *address;
}

// ---- authentication

struct Authentication {
  VrrpInstance& instance;
};

constexpr auto kAuthKeywords = std::to_array<Keyword<Authentication>>({
    {"auth_type", 1, [](Authentication& to, Reader& in) {
       if (in.word(1) == "PASS") to.instance.auth_type = AuthType::Pass;
       else if (in.word(1) == "AH") to.instance.auth_type = AuthType::Ah;
       else in.complain(named(to.instance) + "unknown authentication type '" + in.text(1) + '\'');
     }, "PASS|AH", "The kind."},
    {"auth_pass", 1, [](Authentication& to, Reader& in) {
       to.instance.auth_pass = in.text(1);
       if (to.instance.auth_pass.size() <= 8) return;
       in.complain("Truncating auth_pass to 8 characters");
       to.instance.auth_pass.resize(8);
     }, "TEXT", "The secret; its first 8 bytes count."},
});

// ---- small kinds of values

template <bool VrrpInstance::* Field>
void set_flag(VrrpInstance& to, Reader&) { to.*Field = true; }
template <bool VrrpInstance::* Field>
void clear_flag(VrrpInstance& to, Reader&) { to.*Field = false; }
template <bool VrrpInstance::* Field>
void read_bool(VrrpInstance& to, Reader& in) {
  if (const auto value = in.boolean(1)) to.*Field = *value;
  else in.complain(named(to) + "invalid " + in.text(0) + ' ' + in.text(1) + " specified");
}

template <unsigned GarpTimes::* Field>
void read_garp_count(VrrpInstance& to, Reader& in) {
  const auto value = in.number(1, 0, kMostCount, Numbers::Lenient);
  if (!value) return in.complain("(" + to.name + "): " + in.text(0) + " '" + in.text(1) + "' invalid - ignoring");
  const bool may_be_zero = in.word(0) == "garp_lower_prio_repeat";
  if (*value == 0 && !may_be_zero) in.complain("(" + to.name + "): " + in.text(0) + " must be greater than 0, setting to 1");
  to.garp.*Field = *value == 0 && !may_be_zero ? 1U : static_cast<unsigned>(*value);
  if (may_be_zero) to.lower_repeat_given = true;
}
template <Duration GarpTimes::* Field>
void read_garp_delay(VrrpInstance& to, Reader& in) {
  const auto value = in.number(1, 0, 4294, Numbers::Lenient);
  if (!value) return in.complain("(" + to.name + "): " + in.text(0) + " '" + in.text(1) + "' invalid - ignoring");
  to.garp.*Field = *value * kSecond;
  if (in.word(0) == "garp_lower_prio_delay") to.lower_delay_given = true;
}

template <void (*Read)(const Statement&, Context&, const std::string&, std::vector<Track>&), std::vector<Track> VrrpInstance::* Field>
void read_tracked(VrrpInstance& to, Reader& in) { Read(in.statement(), in.context(), to.name, to.*Field); }

void read_notify(VrrpInstance& to, Reader& in) { (void)read_notify_keyword(to.notify, in, to.name); }

void read_extra_garp(VrrpInstance& to, Reader& in) {
  read_extra_announcements(to.garp, in, '(' + to.name + "): ", in.word(0) == "garp_extra_if" ? "" : "garp_extra_if", 0);
}

void read_late_timer(VrrpInstance& to, Reader& in) {
  if (in.word(0) == "thread_timer_expired") in.complain("Keyword \"thread_timer_expired\" is deprecated - please use \"timer_expired_backup\"", 0, Complaint::Log);
  if (in.size() < 2) {
    to.timer_expired_backup = kLateTimerPriority;
  } else if (const auto value = in.number(1, 1, 254)) {
    to.timer_expired_backup = static_cast<std::uint8_t>(*value);
  } else {
    in.complain(named(to) + "timer_expired_backup priority '" + in.text(1) + "' invalid - ignoring");
  }
}

constexpr auto kInstanceKeywords = std::to_array<Keyword<VrrpInstance>>({
    {"state", 1, &read_state, "MASTER|BACKUP", "What it wants to be at the start, until the first election. Default: BACKUP, with priority 255 MASTER."},
    {"interface", 1, &read_interface, "INTERFACE", "Where adverts go and addresses live. Needed, but for unicast."},
    {"virtual_router_id", 1, &read_vrid, "1-255", "The number that all routers of the group share. Needed."},
    {"priority", 1, [](VrrpInstance& to, Reader& in) {
       if (const auto value = in.number(1, 1, 255)) {
         to.priority = static_cast<std::uint8_t>(*value);
         to.priority_given = true;
       } else {
         in.complain(named(to) + "Priority not valid! must be between 1 & 255. Using default 100");
         to.priority = 100;
         to.priority_given = true;
       }
     }, "1-255", "The highest is master; 255: the owner of the addresses. Default: 100, with state MASTER 255."},
    {"advert_int", 1, &read_advert_interval, "SECONDS", "Between adverts; the same on all routers. Version 2: whole seconds, 1 to 255; version 3: 0.01 to 40.95. Default: 1."},
    {"version", 1, &read_version, "2|3", "VRRP's version. Default: vrrp_version, with IPv6 3."},
    {"virtual_ipaddress", 0, &read_addresses, "{ ADDRESS-LINE... }", "The addresses, in the adverts; the first one decides the family.", Form::Block},
    {"virtual_ipaddress_excluded", 0, &read_excluded, "{ ADDRESS-LINE... }", "More addresses, of either family, that the adverts do not name.", Form::Block},
    {"no_virtual_ipaddress", 0, &set_flag<&VrrpInstance::no_virtual_ipaddress>, "", "There is no address, on purpose."},
    {"virtual_routes", 0, [](VrrpInstance& to, Reader& in) { read_routes(in.statement(), in.context(), false, to.routes); }, "{ ROUTE-LINE... }", "Routes while MASTER.", Form::Block},
    {"virtual_rules", 0, [](VrrpInstance& to, Reader& in) { read_rules(in.statement(), in.context(), false, to.rules); }, "{ RULE-LINE... }", "Policy rules while MASTER.", Form::Block},
    {"authentication", 0, [](VrrpInstance& to, Reader& in) {
       Authentication authentication{.instance = to};
       read_block(kAuthKeywords, authentication, in.statement(), in.context());
     }, "", "The old authentication of version 2.", Form::Block},
    {"auth_hmac", 0, &read_auth_hmac, "", "Adverts are signed.", Form::Block},
    {"unicast_src_ip", 1, [](VrrpInstance& to, Reader& in) { read_source(to, in); to.unicast_configured = true; }, "ADDRESS", "Source of unicast adverts. Default: the interface's first address."},
    {"mcast_src_ip", 1, &read_source, "ADDRESS", "Source of multicast adverts. Default: the interface's first address."},
    {"mcast_dst_ip", 1, &read_multicast_destination, "ADDRESS", "Where adverts go. Default: vrrp_mcast_group4 or vrrp_mcast_group6."},
    {"track_src_ip", 0, &set_flag<&VrrpInstance::track_source>, "", "FAULT while the source address is not there."},
    {"unicast_peer", 0, &read_unicast_peers, "{ ADDRESS [min_ttl N] [max_ttl N]... }", "The other routers: adverts go to them, one by one. A TTL's bounds (0 to 255) make adverts count from peers only.", Form::Block},
    {"unicast_fault_no_peer", 0, &set_flag<&VrrpInstance::unicast_fault_no_peer>, "", "An empty unicast_peer is a FAULT. Default: multicast then."},
    {"unicast_ttl", 1, [](VrrpInstance& to, Reader& in) {
       if (const auto value = in.number(1, 0, 255)) to.unicast_ttl = static_cast<std::uint8_t>(*value);
     }, "0-255", "TTL of unicast adverts. Default: 255 for IPv4, the kernel's for IPv6."},
    {"check_unicast_src", 0, &read_source_check, "", "Adverts count from peers only. Default: vrrp_check_unicast_src."},
    {"vrrp_check_unicast_src", 0, &read_source_check, "", "The same as check_unicast_src."},
    {"old_unicast_checksum", 0, [](VrrpInstance& to, Reader& in) {
       to.unicast_configured = true;
       if (in.size() < 2) to.old_checksum = OldChecksum::Force;
       else if (in.word(1) == "never") to.old_checksum = OldChecksum::Never;
       else in.complain(named(to) + "Unknown old_unicast_chksum mode " + in.text(1) + " - ignoring");
     }, "[never]", "Checksums of unicast version 3 as keepalived before 1.3.6 made them; never: do not even try. Default: tried when the peer's fits nothing else."},
    {"native_ipv6", 0, [](VrrpInstance& to, Reader& in) {
       if (to.family == AF_INET) return in.complain(named(to) + "Cannot specify native_ipv6 with IPv4 addresses", 0);
       to.family = AF_INET6;
     }, "", "IPv6, version 3."},
    {"use_vmac", 0, &read_vmac, "[[name] NAME] [MAC] [group N] [netlink_notify_msg]", "The addresses live on a macvlan with the virtual router's MAC. Default: vrrp.ID, 00:00:5e:00:01:ID, for IPv6 00:00:5e:00:02:ID."},
    {"use_vmac_addr", 0, &set_flag<&VrrpInstance::vmac_for_addresses>, "", "Addresses on other interfaces get macvlans, too."},
    {"vmac_xmit_base", 0, &set_flag<&VrrpInstance::vmac_transmit_base>, "", "Adverts leave by the interface below the macvlan."},
    {"use_ipvlan", 0, &read_ipvlan, "[[name] NAME] [ADDRESS[/LENGTH]] [bridge|private|vepa] [group N]", "The addresses live on an ipvlan; IPv4 needs an address of its own. Default: bridge."},
    {"vrf", 1, [](VrrpInstance& to, Reader& in) { to.vrf = in.text(1); }, "INTERFACE", "Sockets are bound to this VRF; with unicast and no interface."},
    {"dont_track_primary", 0, &clear_flag<&VrrpInstance::track_primary>, "", "The interface itself may be down."},
    {"track_interface", 0, [](VrrpInstance& to, Reader& in) {
       read_track_interfaces(in.statement(), in.context(), to.name, to.track_interfaces);
       if (std::erase_if(to.track_interfaces, [&](const auto& each) { return each.interface == to.interface && each.weight == Weight{}; }) != 0)
         in.complain(named(to) + "Ignoring track_interface " + to.interface + " since own interface", 0);
     }, "{ INTERFACE [weight N [reverse]]... }", "Interfaces that must be up, or whose weight counts while they are, -253 to 253. Default weight: 0, FAULT.", Form::Block},
    {"track_script", 0, &read_tracked<&read_track_scripts, &VrrpInstance::track_scripts>, "{ NAME [weight N [reverse|noreverse]]... }", "Scripts, with their own weight or this.", Form::Block},
    {"track_file", 0, &read_tracked<&read_track_files, &VrrpInstance::track_files>, "{ NAME [weight N [reverse|noreverse]]... }", "Files, with their own weight or this.", Form::Block},
    {"track_process", 0, &read_tracked<&read_track_processes, &VrrpInstance::track_processes>, "{ NAME [weight N [reverse|noreverse]]... }", "Processes, with their own weight or this.", Form::Block},
    {"track_bfd", 0, &read_tracked<&read_track_bfds, &VrrpInstance::track_bfds>, "{ NAME [weight N [reverse|noreverse]]... }", "BFD sessions, with their own weight or this.", Form::Block},
    {"nopreempt", 0, &clear_flag<&VrrpInstance::preempt>, "", "A master with a lower priority is left alone; needs state BACKUP."},
    {"preempt", 0, &set_flag<&VrrpInstance::preempt>, "", "A master with a lower priority is replaced. Default."},
    {"preempt_delay", 1, [](VrrpInstance& to, Reader& in) {
       if (const auto value = in.seconds(1, Duration{0}, 1000 * kSecond)) to.preempt_delay = *value;
       else in.complain(named(to) + "Preempt_delay not valid! must be between 0-1000");
     }, "SECONDS", "After how long, 0 to 1000. Default: 0."},
    {"accept", 0, [](VrrpInstance& to, Reader&) { to.accept = true; to.accept_given = true; }, "", "The host answers on the addresses. Default, but in strict mode."},
    {"no_accept", 0, [](VrrpInstance& to, Reader&) { to.accept = false; to.accept_given = true; }, "", "The host does not answer on the addresses; needs firewall rules (nftables)."},
    {"skip_check_adv_addr", 0, [](VrrpInstance& to, Reader& in) {
       if (in.boolean(1)) to.skip_check_adv_addr = true;  // the original takes any valid word as "on"
       else in.complain(named(to) + "invalid skip_check_adv_addr " + in.text(1) + " specified");
     }, "[BOOL]", "Compare the addresses in an advert with ours only when its sender is new; every valid word turns it on. Default: vrrp_skip_check_adv_addr."},
    {"strict_mode", 0, &read_bool<&VrrpInstance::strict>, "[BOOL]", "The RFC to the letter: no unicast, no authentication of version 2, no_accept. Default: vrrp_strict."},
    {"promote_secondaries", 0, &set_flag<&VrrpInstance::promote_secondaries>, "", "Sets that sysctl of the interface while we run."},
    {"linkbeat_use_polling", 0, [](VrrpInstance& to, Reader& in) {
       in.complain(named(to) + "'linkbeat_use_polling' in vrrp instance deprecated - use linkbeat_interfaces block", 0, Complaint::Deprecated);
       to.linkbeat_polling = true;
     }, "", "Ask the interface for its link. Old; see linkbeat_interfaces."},
    {"v3_checksum_as_v2", 0, &read_bool<&VrrpInstance::v3_checksum_as_v2>, "[BOOL]", "Checksums of version 3 over IPv4 leave out the pseudo header. Default: the global one."},
    {"debug", 1, [](VrrpInstance& to, Reader& in) {
       if (const auto value = in.number(1, 0, 4)) to.debug = static_cast<unsigned>(*value);
       else in.complain(named(to) + "Debug value '" + in.text(1) + "' not valid; must be between 0-4");
     }, "0-4", "Taken without effect."},
    {"notify_master", 1, &read_notify, "COMMAND [USER [GROUP]]", "Runs when the instance becomes MASTER."},
    {"notify_backup", 1, &read_notify, "COMMAND [USER [GROUP]]", "Runs when the instance becomes BACKUP."},
    {"notify_fault", 1, &read_notify, "COMMAND [USER [GROUP]]", "Runs when the instance goes to FAULT."},
    {"notify_stop", 1, &read_notify, "COMMAND [USER [GROUP]]", "Runs at the end."},
    {"notify_deleted", 0, &read_notify, "[COMMAND [USER [GROUP]]]", "Runs when a reload takes the instance away, and DELETED is told. Default: FAULT is."},
    {"notify_master_rx_lower_pri", 1, &read_notify, "COMMAND [USER [GROUP]]", "Runs when a master hears an advert of lower priority."},
    {"notify", 1, &read_notify, "COMMAND [USER [GROUP]]", "Runs at every change, with INSTANCE, the name, the state and the priority as arguments."},
    {"smtp_alert", 0, [](VrrpInstance& to, Reader& in) {
       if (const auto value = in.boolean(1)) to.smtp_alert = *value;
       else in.complain("Invalid vrrp_instance smtp_alert parameter " + in.text(1));
     }, "[BOOL]", "Mail at changes. Default: smtp_alert_vrrp, smtp_alert, else off."},
    {"notify_priority_changes", 0, [](VrrpInstance& to, Reader& in) {
       if (const auto value = in.boolean(1)) to.priority_changes = *value;
       else in.complain(named(to) + "Invalid value '" + in.text(1) + "' for notify_priority_changes specified");
     }, "[BOOL]", "Changes of effective priority are events, too. Default: the sync group's, then vrrp_notify_priority_changes."},
    {"lvs_sync_daemon_interface", 1, [](VrrpInstance& to, Reader& in) {
       in.complain(named(to) + "Specifying lvs_sync_daemon_interface against a vrrp is deprecated.", 0, Complaint::Deprecated);
       in.complain("        Please use global lvs_sync_daemon", 0, Complaint::Deprecated);
       auto& daemon = in.context().config.global.lvs_sync_daemon;
       if (daemon) return in.complain(named(to) + "lvs_sync_daemon_interface has already been specified - ignoring", 0);
       daemon.emplace();
       daemon->interface = in.text(1);
       daemon->instance = to.name;
     }, "INTERFACE", "Old form of lvs_sync_daemon."},
    {"garp_master_delay", 1, &read_garp_delay<&GarpTimes::master_delay>, "SECONDS", "From the first block of gratuitous ARPs of a new master to the second, 0 to 4294. Default: vrrp_garp_master_delay."},
    {"garp_master_repeat", 1, &read_garp_count<&GarpTimes::master_repeat>, "NUMBER", "ARPs for each address in a block. Default: vrrp_garp_master_repeat."},
    {"garp_master_refresh", 1, &read_garp_delay<&GarpTimes::master_refresh>, "SECONDS", "A master repeats its ARPs so often; 0: never. Default: vrrp_garp_master_refresh."},
    {"garp_master_refresh_repeat", 1, &read_garp_count<&GarpTimes::master_refresh_repeat>, "NUMBER", "ARPs for each address then. Default: vrrp_garp_master_refresh_repeat."},
    {"garp_lower_prio_delay", 1, &read_garp_delay<&GarpTimes::lower_prio_delay>, "SECONDS", "To the second block after an advert with a lower priority. Default: vrrp_garp_lower_prio_delay."},
    {"garp_lower_prio_repeat", 1, &read_garp_count<&GarpTimes::lower_prio_repeat>, "NUMBER", "ARPs for each address in those blocks; 0: none. Default: vrrp_garp_lower_prio_repeat."},
    {"garp_extra_if", 0, &read_extra_garp, "[all] SECONDS", "A master repeats its ARPs so often on VMACs that send no adverts, with \"all\" on every interface with addresses; 0 to 86400. Default: vrrp_garp_extra_if."},
    {"vmac_garp_intvl", 0, &read_extra_garp, "[all] SECONDS", "Old name of garp_extra_if."},
    {"lower_prio_no_advert", 0, [](VrrpInstance& to, Reader& in) { read_bool<&VrrpInstance::lower_prio_no_advert>(to, in); to.lower_no_advert_given = true; }, "[BOOL]", "A master does not answer an advert of lower priority at once. Default: vrrp_lower_prio_no_advert."},
    {"higher_prio_send_advert", 0, &read_bool<&VrrpInstance::higher_prio_send_advert>, "[BOOL]", "A master sends one more advert before it yields. Default: vrrp_higher_prio_send_advert."},
    {"owner_ignore_adverts", 0, &read_bool<&VrrpInstance::owner_ignore_adverts>, "[BOOL]", "With priority 255 all adverts are ignored. Default: vrrp_owner_ignore_adverts."},
    {"down_timer_adverts", 1, [](VrrpInstance& to, Reader& in) {
       if (const auto value = in.number(1, 1, 100)) to.down_timer_adverts = static_cast<unsigned>(*value);
       else in.complain('(' + to.name + "): Invalid down_timer_adverts [1:100] '" + in.text(1) + '\'');
     }, "NUMBER", "Missing adverts after which a backup takes over, 1 to 100. Default: vrrp_down_timer_adverts."},
    {"timer_expired_backup", 0, &read_late_timer, "[1-254]", "A master that was not run for longer than a backup of this priority waits becomes BACKUP; needs nopreempt. Without a number: 254. Default: it stays master."},
    {"thread_timer_expired", 0, &read_late_timer, "[1-254]", "Old name of timer_expired_backup."},
    {"kernel_rx_buf_size", 1, [](VrrpInstance& to, Reader& in) {
       if (const auto value = in.number(1, 0, kMostUnsigned)) to.receive_buffer = static_cast<std::uint32_t>(*value);
       else in.complain(named(to) + "invalid kernel_rx_buf_size specified");
     }, "BYTES", "Receive buffer of its socket. Default: vrrp_rx_bufs_policy."},
    // Ours: each restores what the original does.
    {"original_release", 0, &clear_flag<&VrrpInstance::make_before_break>, "", "Triad's own: a master that stops lets its addresses go at once, as keepalived does; see vrrpd(8)."},
    {"original_priority_advert", 0, &clear_flag<&VrrpInstance::advertise_priority_change>, "", "Triad's own: a new priority waits for the next advert, as with keepalived; see vrrpd(8)."},
    {"no_duplicate_check", 0, &clear_flag<&VrrpInstance::report_duplicates>, "", "Triad's own: a second owner of an address on the link is not looked for; see vrrpd(8)."},
});

}  // namespace

bool read_notify_keyword(Notify& to, Reader& in, const std::string& owner) {
  const std::string_view keyword = in.word(0);
  std::optional<Command>* slot = nullptr;
  if (keyword == "notify_master") slot = &to.master;
  else if (keyword == "notify_backup") slot = &to.backup;
  else if (keyword == "notify_fault") slot = &to.fault;
  else if (keyword == "notify_stop") slot = &to.stop;
  else if (keyword == "notify_master_rx_lower_pri") slot = &to.master_rx_lower_pri;
  else if (keyword == "notify") slot = &to.generic;
  else if (keyword == "notify_deleted") {
    to.notify_deleted = true;
    if (in.size() < 2) return true;
    slot = &to.deleted;
  }
  if (slot == nullptr) return false;
  if (*slot) {
    in.complain('(' + owner + ") " + std::string{keyword} + " script already specified - ignoring " + in.text(1));
    return true;
  }
  *slot = read_command(in);
  if ((*slot)->argv.empty()) slot->reset();
  return true;
}

void read_extra_announcements(GarpTimes& to, Reader& in, const std::string& owner, std::string_view newer_name, int least) {
  const std::string name = in.text(0);
  if (!newer_name.empty()) in.complain("Keyword \"" + name + "\" is deprecated - please use \"" + std::string{newer_name} + '"', 0, Complaint::Deprecated);
  const bool all = in.word(1) == "all";
  const std::size_t at = all ? 2 : 1;
  if (at >= in.size()) return in.complain(owner + name + " specified without time - ignoring", 0);
  const auto value = in.number(at, least, 86400);
  if (!value) return in.complain(owner + name + " '" + in.text(at) + "' invalid - ignoring", at);
  to.extra_interval = *value * kSecond;
  to.extra_all = all;
}

void read_vrrp_instance(const Statement& block, Context& context) {
  const GlobalDefs& global = context.config.global;
  VrrpInstance instance;
  instance.name = block.word(1);
  instance.place = block.place(1);
  const auto& known = context.config.instances;
  if (instance.name.empty()) return context.findings.at(Complaint::General, block.whole(), "vrrp_instance must have a name");
  if (std::any_of(known.begin(), known.end(), [&](const auto& each) { return each.name == instance.name; }))
    return context.findings.at(Complaint::General, block.place(1), "vrrp instance " + instance.name + " already defined");
  instance.garp = global.garp;
  instance.strict = global.strict;
  instance.skip_check_adv_addr = global.skip_check_adv_addr;
  instance.check_unicast_source = global.check_unicast_source;
  instance.v3_checksum_as_v2 = global.v3_checksum_as_v2;
  instance.lower_prio_no_advert = global.lower_prio_no_advert;
  instance.higher_prio_send_advert = global.higher_prio_send_advert;
  instance.owner_ignore_adverts = global.owner_ignore_adverts;
  instance.down_timer_adverts = global.down_timer_adverts;
  read_block(kInstanceKeywords, instance, block, context);
  context.config.instances.push_back(std::move(instance));
}

void list_instance_keywords(KeywordList& list) {
  list_rows(list, "vrrp_instance", kInstanceKeywords);
  list_rows(list, "authentication", kAuthKeywords);
}

}  // namespace parsers::keepalived
