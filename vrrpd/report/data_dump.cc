// The .data dump: what runs, and how it stands.
#include <fmt/format.h>
#include <net/if.h>
#include <net/if_arp.h>

#include <ctime>
#include <iterator>

#include "vrrpd/report/dumps.h"
#include "vrrpd/report/holding_text.h"

namespace vrrpd::report {

using parsers::keepalived::AuthType;
using parsers::keepalived::Command;
using parsers::keepalived::GarpTimes;
using parsers::keepalived::IpAddress;
using parsers::keepalived::KeepalivedConfig;
using parsers::keepalived::Track;
using parsers::keepalived::VirtualMac;
using parsers::keepalived::VrrpInstance;

namespace {

using Out = std::back_insert_iterator<std::string>;

const char* on_off(bool value, const char* on, const char* off) { return value ? on : off; }
std::string seconds_text(lib::base::Duration span) { return std::to_string(span.count() / 1'000'000); }
std::string fraction_text(lib::base::Duration span) { return fmt::format("{}.{:06}", span.count() / 1'000'000, span.count() % 1'000'000); }

/// "1795215271.385293 (Fri Nov 20 22:54:31.385293 2026)"
std::string moment_text(lib::base::WallTime moment) {
  const std::time_t seconds = std::chrono::system_clock::to_time_t(moment);
  std::tm local{};
  ::localtime_r(&seconds, &local);
  char begin[32], year[8];
  std::strftime(begin, sizeof begin, "%a %b %d %H:%M:%S", &local);
  std::strftime(year, sizeof year, "%Y", &local);
  const std::string exact = fraction_text(std::chrono::duration_cast<lib::base::Duration>(moment.time_since_epoch()));
  return fmt::format("{} ({}.{} {})", exact, begin, exact.substr(exact.find('.') + 1), year);
}

std::string weight_text(const parsers::keepalived::Weight& weight) { return fmt::format("{}{}", weight.value, weight.reverse ? " reverse" : ""); }

// ---- global definitions

void write_process(Out out, const char* name, const parsers::keepalived::ProcessTuning& tuning) {
  fmt::format_to(out, " {0} process priority = {1}\n {0} don't swap = {2}\n {0} realtime priority = {3}\n {0} realtime limit = {4}\n", name, tuning.nice, tuning.no_swap,
                 tuning.realtime_priority.value_or(0), tuning.realtime_limit_us);
}

void write_announcements(Out out, const parsers::keepalived::GlobalDefs& global) {
  fmt::format_to(out, " VRRP IPv4 mcast group = {}\n VRRP IPv6 mcast group = {}\n", global.multicast_group4.host(), global.multicast_group6.host());
  fmt::format_to(out, " Gratuitous ARP delay = {}\n Gratuitous ARP repeat = {}\n", seconds_text(global.garp.master_delay), global.garp.master_repeat);
  fmt::format_to(out, " Gratuitous ARP refresh timer = {}\n Gratuitous ARP refresh repeat = {}\n", seconds_text(global.garp.master_refresh), global.garp.master_refresh_repeat);
  fmt::format_to(out, " Gratuitous ARP lower priority delay = {}\n Gratuitous ARP lower priority repeat = {}\n", seconds_text(global.garp.lower_prio_delay), global.garp.lower_prio_repeat);
  fmt::format_to(out, " Num adverts before down = {}\n", global.down_timer_adverts);
  fmt::format_to(out, " Send advert after receive lower priority advert = {}\n Send advert after receive higher priority advert = {}\n", !global.lower_prio_no_advert, global.higher_prio_send_advert);
  fmt::format_to(out, " Gratuitous ARP interval = {}\n Gratuitous NA interval = {}\n", fraction_text(global.garp_interval), fraction_text(global.gna_interval));
}

void write_globals(Out out, const KeepalivedConfig& config) {
  const auto& global = config.global;
  const auto choice = [](const std::optional<bool>& value) { return !value ? "unset" : *value ? "on" : "off"; };
  fmt::format_to(out, "------< Global definitions >------\n Network namespace = {}\n", config.net_namespace.empty() ? "(default)" : config.net_namespace);
  if (!config.instance_name.empty()) fmt::format_to(out, " Instance name = {}\n", config.instance_name);
  fmt::format_to(out, " Router ID = {}\n", global.router_id);
  if (global.smtp_server) fmt::format_to(out, " Smtp server = {}\n Smtp server port = {}\n", global.smtp_server->host(), global.smtp_server->port());
  if (!global.notification_email.empty()) fmt::format_to(out, " Email notification from = {}\n", global.notification_email_from);
  for (const std::string& address : global.notification_email) fmt::format_to(out, " Email notification = {}\n", address);
  fmt::format_to(out, " Default smtp_alert = {}\n Default smtp_alert_vrrp = {}\n Default smtp_alert_checker = {}\n", choice(global.smtp_alert), choice(global.smtp_alert_vrrp), choice(global.smtp_alert_checker));
  fmt::format_to(out, " Dynamic interfaces = {}\n Default interface = {}\n Disable local IGMP = {}\n", global.dynamic_interfaces, global.default_interface, on_off(global.disable_local_igmp, "yes", "no"));
  fmt::format_to(out, " FIFO write vrrp states on reload = {}\n VRRP notify priority changes = {}\n", global.fifo_states_on_reload, global.notify_priority_changes);
  for (const auto& [what, fifo] : {std::pair{"Global", &global.fifo}, {"VRRP", &global.vrrp_fifo}})
    if (!fifo->path.empty()) fmt::format_to(out, " {} notify fifo = {}, uid:gid {}:{}\n", what, fifo->path, fifo->uid, fifo->gid);
  write_announcements(out, global);
  fmt::format_to(out, " VRRP default protocol version = {}\n nftables with{} counters\n", global.vrrp_version, global.nftables_counters ? "" : "out");
  fmt::format_to(out, " VRRP check unicast_src = {}\n VRRP skip check advert addresses = {}\n VRRP strict mode = {}\n", global.check_unicast_source, global.skip_check_adv_addr, global.strict);
  fmt::format_to(out, " Max auto priority = {}\n Min auto priority delay = {} usecs\n", global.max_auto_priority, global.min_auto_priority_delay.count());
  write_process(out, "VRRP", global.vrrp);
  fmt::format_to(out, " Script security {}\n Default script uid:gid {}:{}\n", on_off(global.script_security, "enabled", "disabled"), global.script_uid, global.script_gid);
  fmt::format_to(out, " vrrp_netlink_cmd_rcv_bufs = {}\n vrrp_netlink_cmd_rcv_bufs_force = {:d}\n", global.vrrp_netlink_command_buffer, global.vrrp_netlink_command_force);
  fmt::format_to(out, " vrrp_netlink_monitor_rcv_bufs = {}\n vrrp_netlink_monitor_rcv_bufs_force = {:d}\n", global.vrrp_netlink_monitor_buffer, global.vrrp_netlink_monitor_force);
  fmt::format_to(out, " process_monitor_rcv_bufs = {}\n process_monitor_rcv_bufs_force = {:d}\n", global.process_monitor_buffer, global.process_monitor_force);
  fmt::format_to(out, " rx_bufs_multiples = {}\n umask = 0{:o}\n", global.receive_buffer_multiplier, global.umask.value_or(0177));
}

void write_statics(Out out, const KeepalivedConfig& config) {
  if (!config.static_addresses.empty()) fmt::format_to(out, "------< Static Addresses >------\n");
  for (const auto& address : config.static_addresses) fmt::format_to(out, "     {}\n", address_text(address, config.global.default_interface, true));
  if (!config.static_routes.empty()) fmt::format_to(out, "------< Static Routes >------\n");
  for (const auto& route : config.static_routes) fmt::format_to(out, "     {}\n", route_text(route));
  if (!config.static_rules.empty()) fmt::format_to(out, "------< Static Rules >------\n");
  for (const auto& rule : config.static_rules) fmt::format_to(out, "     {}\n", rule_text(rule));
  if (!config.track_groups.empty()) fmt::format_to(out, "------< Static Track groups >------\n");
  for (const auto& group : config.track_groups) {
    fmt::format_to(out, " Static Track Group = {}\n   VRRP member instances :\n", group.name);
    for (const std::size_t member : group.members) fmt::format_to(out, "     {}\n", config.instances[member].name);
  }
}

// ---- instances

void write_garp(Out out, const GarpTimes& garp) {
  fmt::format_to(out, "   Gratuitous ARP delay = {}\n", seconds_text(garp.master_delay));
  fmt::format_to(out, "   Gratuitous ARP repeat = {}\n", garp.master_repeat);
  fmt::format_to(out, "   Gratuitous ARP refresh = {}\n", seconds_text(garp.master_refresh));
  fmt::format_to(out, "   Gratuitous ARP refresh repeat = {}\n", garp.master_refresh_repeat);
  fmt::format_to(out, "   Gratuitous ARP lower priority delay = {}\n", seconds_text(garp.lower_prio_delay));
  fmt::format_to(out, "   Gratuitous ARP lower priority repeat = {}\n", garp.lower_prio_repeat);
}

void write_notify(Out out, const parsers::keepalived::Notify& notify) {
  fmt::format_to(out, "   Using smtp notification = {}\n", on_off(notify.smtp_alert, "yes", "no"));
  fmt::format_to(out, "   Notify deleted = {}\n", on_off(notify.notify_deleted, "Deleted", "Fault"));
  const auto script = [&](const char* what, const std::optional<Command>& command) {
    if (command) fmt::format_to(out, "   {} state transition script = {}, uid:gid {}:{}\n", what, quoted_command(*command), command->uid, command->gid);
  };
  script("Backup", notify.backup);
  script("Master", notify.master);
  script("Fault", notify.fault);
  script("Stop", notify.stop);
  script("Generic", notify.generic);
  script("Master rx lower pri", notify.master_rx_lower_pri);
  fmt::format_to(out, "   Notify priority changes = {}\n", notify.priority_changes);
}

void write_state(Out out, const KeepalivedConfig& config, const VrrpInstance& conf, const InstanceSnapshot& now) {
  fmt::format_to(out, " VRRP Instance = {}\n   VRRP Version = {}\n", conf.name, conf.version);
  if (conf.family == AF_INET6) fmt::format_to(out, "   Using Native IPv6\n");
  if (conf.group) fmt::format_to(out, "   Sync group = {}\n", config.groups[*conf.group].name);
  fmt::format_to(out, "   State = {}\n   Flags:{}\n", state_name(now.status.state), conf.unicast_peers.empty() && !conf.strict ? " none" : "");
  if (!conf.unicast_peers.empty()) fmt::format_to(out, "     Using unicast\n");
  if (conf.strict) fmt::format_to(out, "     Strict mode\n");
  fmt::format_to(out, "   Wantstate = {}\n   Number of config faults = 0\n   Number of tracker faults = {}\n", state_name(now.status.wanted), now.status.faults);
  fmt::format_to(out, "   Number of track scripts init = {}\n   Last transition = {}\n", now.pending_scripts, moment_text(now.last_transition));
  if (now.next_timer != lib::base::WallTime{}) fmt::format_to(out, "   Read timeout = {}\n", moment_text(now.next_timer));
  fmt::format_to(out, "   Master down timer = {} usecs\n", now.status.master_down.count());
  if (conf.vmac != VirtualMac::None)
    fmt::format_to(out, "   Use {}, i/f name {}, is_up = {}, xmit_base = {}\n", on_off(conf.vmac == VirtualMac::Macvlan, "VMAC", "IPVLAN"), now.vmac_interface, now.vmac_is_up, conf.vmac_transmit_base);
  if (now.vmac_interface.empty()) fmt::format_to(out, "   Interface = {}\n", conf.interface);
  else fmt::format_to(out, "   Interface = {}, {} on {}\n", now.vmac_interface, on_off(conf.vmac == VirtualMac::Ipvlan, "ipvlan", "vmac"), conf.interface);
  fmt::format_to(out, "   Using src_ip = {}{}\n", now.source, conf.source ? " (from configuration)" : "");
}

void write_tracks(Out out, const char* title, const std::vector<Track>& tracks, const auto& all, const char* between) {
  if (!tracks.empty()) fmt::format_to(out, "   {} :\n", title);
  for (const Track& track : tracks) fmt::format_to(out, "     {}{} {}\n", all[track.index].name, between, weight_text(track.weight));
}

void write_holdings(Out out, const VrrpInstance& conf, const InstanceSnapshot& now) {
  const std::string carrier = carrier_text(conf, now);
  const auto list = [&](const std::vector<IpAddress>& addresses) {
    for (const IpAddress& address : addresses) fmt::format_to(out, "     {}\n", address_text(address, carrier, now.holds_addresses));
  };
  if (!conf.addresses.empty()) fmt::format_to(out, "   Virtual IP ({}):\n", conf.addresses.size());
  list(conf.addresses);
  if (!conf.excluded.empty()) fmt::format_to(out, "   Virtual IP Excluded :\n");
  list(conf.excluded);
  if (!conf.unicast_peers.empty()) fmt::format_to(out, "   Check unicast src : {}\n   Unicast Peer :\n", on_off(conf.check_unicast_source, "yes", "no"));
  for (const auto& peer : conf.unicast_peers) fmt::format_to(out, "     {}\n", peer.address.host());
  if (!conf.routes.empty()) fmt::format_to(out, "   Virtual Routes :\n");
  for (const auto& route : conf.routes) fmt::format_to(out, "     {}\n", route_text(route));
  if (!conf.rules.empty()) fmt::format_to(out, "   Virtual Rules :\n");
  for (const auto& rule : conf.rules) fmt::format_to(out, "     {}\n", rule_text(rule));
}

void write_instance(Out out, const KeepalivedConfig& config, const VrrpInstance& conf, const InstanceSnapshot& now) {
  write_state(out, config, conf, now);
  if (conf.unicast_peers.empty()) fmt::format_to(out, "   Multicast address {}\n", conf.multicast_group.host());
  write_garp(out, conf.garp);
  fmt::format_to(out, "   Down timer adverts = {}\n", conf.down_timer_adverts);
  fmt::format_to(out, "   Send advert after receive lower priority advert = {}\n", !conf.lower_prio_no_advert);
  fmt::format_to(out, "   Send advert after receive higher priority advert = {}\n", conf.higher_prio_send_advert);
  fmt::format_to(out, "   Virtual Router ID = {}\n   Priority = {}\n   Effective priority = {}\n   Total priority = {}\n", conf.vrid,
                 now.status.base_priority, now.status.effective_priority, now.status.effective_priority);
  if (conf.version == 2) fmt::format_to(out, "   Advert interval = {} sec\n", seconds_text(conf.advert_interval));
  else fmt::format_to(out, "   Advert interval = {} milli-sec\n", conf.advert_interval.count() / 1000);
  fmt::format_to(out, "   Accept = {}\n   Preempt = {}\n", on_off(conf.accept, "enabled", "disabled"), on_off(conf.preempt, "enabled", "disabled"));
  if (conf.preempt_delay.count() != 0) fmt::format_to(out, "   Preempt delay = {} secs\n", seconds_text(conf.preempt_delay));
  fmt::format_to(out, "   Promote_secondaries = {}\n", on_off(conf.promote_secondaries, "enabled", "disabled"));
  if (conf.auth_type == AuthType::Pass) fmt::format_to(out, "   Authentication type = SIMPLE_PASSWORD\n   Password = ********\n");
  else if (conf.auth_type == AuthType::Ah) fmt::format_to(out, "   Authentication type = IPSEC_AH\n   Password = ********\n");
  else if (conf.version == 2) fmt::format_to(out, "   Authentication type = none\n");
  write_holdings(out, conf, now);
  if (!conf.track_interfaces.empty()) fmt::format_to(out, "   Tracked interfaces :\n");
  for (const auto& track : conf.track_interfaces) fmt::format_to(out, "     {} weight {}\n", track.interface, weight_text(track.weight));
  write_tracks(out, "Tracked scripts", conf.track_scripts, config.scripts, " weight");
  write_tracks(out, "Tracked files", conf.track_files, config.track_files, ", weight");
  write_tracks(out, "Tracked processes", conf.track_processes, config.track_processes, ", weight");
  write_tracks(out, "Tracked BFDs", conf.track_bfds, config.bfds, " weight");
  write_notify(out, conf.notify);
}

// ---- what is tracked

/// "     VI_1, weight -20", each instance that tracks number `index` of its kind.
void write_users(Out out, const KeepalivedConfig& config, std::vector<Track> VrrpInstance::* tracks, std::size_t index) {
  fmt::format_to(out, "   Tracking instances :\n");
  for (const VrrpInstance& instance : config.instances)
    for (const Track& track : instance.*tracks)
      if (track.index == index) fmt::format_to(out, "     {}, weight {}\n", instance.name, weight_text(track.weight));
}

void write_scripts(Out out, const Snapshot& snapshot) {
  const auto& config = *snapshot.config;
  if (!config.scripts.empty()) fmt::format_to(out, "------< VRRP Scripts >------\n");
  for (std::size_t i = 0; i < config.scripts.size(); ++i) {
    const auto& conf = config.scripts[i];
    const ScriptSnapshot& now = snapshot.scripts[i];
    fmt::format_to(out, " VRRP Script = {}\n   Command = {}\n   Interval = {} sec\n   Timeout = {} sec\n   Weight = {}\n", conf.name, quoted_command(conf.command), seconds_text(conf.interval),
                   seconds_text(conf.timeout), weight_text(conf.weight));
    fmt::format_to(out, "   Rise = {}\n   Fall = {}\n   Result = {}\n   Insecure = {}\n", conf.rise, conf.fall, now.counter, on_off(conf.command.is_insecure, "yes", "no"));
    fmt::format_to(out, "   Init state = {}\n   Status = {}\n", on_off(conf.init_fail, "failed", "unknown"), now.is_pending ? "INIT" : on_off(now.is_up, "GOOD", "BAD"));
    fmt::format_to(out, "   Script uid:gid = {}:{}\n", conf.command.uid, conf.command.gid);
    write_users(out, config, &VrrpInstance::track_scripts, i);
    fmt::format_to(out, "   State = {}\n", on_off(now.is_running, "running", "idle"));
  }
}

void write_files_and_sessions(Out out, const Snapshot& snapshot) {
  const auto& config = *snapshot.config;
  if (!snapshot.files.empty()) fmt::format_to(out, "------< VRRP Track files >------\n");
  for (std::size_t i = 0; i < snapshot.files.size(); ++i) {
    const auto& conf = config.track_files[i];
    fmt::format_to(out, " Track file = {}\n   File = {}\n   Status = {}\n   Weight = {}\n", conf.name, conf.path, snapshot.files[i], weight_text(conf.weight));
    write_users(out, config, &VrrpInstance::track_files, i);
  }
  if (!snapshot.bfds.empty()) fmt::format_to(out, "------< VRRP Track BFDs >------\n");
  for (std::size_t i = 0; i < snapshot.bfds.size(); ++i) {
    fmt::format_to(out, " VRRP Track BFD = {}\n   Weight = {}\n   Bfd is {}\n", config.bfds[i].name, weight_text(config.bfds[i].weight), on_off(snapshot.bfds[i], "up", "down"));
    write_users(out, config, &VrrpInstance::track_bfds, i);
  }
}

void write_processes(Out out, const Snapshot& snapshot) {
  const auto& config = *snapshot.config;
  if (!snapshot.processes.empty()) fmt::format_to(out, "------< VRRP Track processes >------\n");
  for (std::size_t i = 0; i < snapshot.processes.size(); ++i) {
    const auto& conf = config.track_processes[i];
    const ProcessSnapshot& now = snapshot.processes[i];
    fmt::format_to(out, " VRRP Track process = {}\n   Process = {}\n", conf.name, conf.path);
    for (const std::string& word : conf.parameters) fmt::format_to(out, "   Parameters = {}\n", word);
    fmt::format_to(out, "   Min processes = {}\n", conf.quorum);
    if (conf.quorum_max != ~0U) fmt::format_to(out, "   Max processes = {}\n", conf.quorum_max);
    fmt::format_to(out, "   Current processes = {}\n   Have quorum = {}\n   Weight = {}\n", now.count, now.has_quorum, weight_text(conf.weight));
    fmt::format_to(out, "   Terminate delay = {}s\n   Fork delay = {}s\n", fraction_text(conf.terminate_delay), fraction_text(conf.fork_delay));
    fmt::format_to(out, "   Full command = {}\n", conf.full_command || !conf.parameters.empty());
    write_users(out, config, &VrrpInstance::track_processes, i);
  }
}

void write_interface(Out out, const Snapshot& snapshot, const InterfaceSnapshot& now) {
  const auto shown = [](const std::string& text) { return text.empty() ? "(none)" : text.c_str(); };
  fmt::format_to(out, " Name = {}\n   index = {}\n   IPv4 address = {}\n   IPv6 address = {}\n", now.name, now.index, shown(now.ipv4), shown(now.ipv6));
  if ((now.flags & IFF_LOOPBACK) == 0) fmt::format_to(out, "   MAC = {}\n", now.mac);
  fmt::format_to(out, "   State = {}, {}{}{}{}\n", on_off((now.flags & IFF_UP) != 0, "UP", "DOWN"), on_off((now.flags & IFF_RUNNING) != 0, "RUNNING", "not RUNNING"),
                 on_off((now.flags & IFF_BROADCAST) != 0, "", ", no broadcast"), on_off((now.flags & IFF_LOOPBACK) != 0, ", loopback", ""), on_off((now.flags & IFF_MULTICAST) != 0, "", ", no multicast"));
  fmt::format_to(out, "   Seen up = {:d}\n", now.is_up);
  if (!now.parent.empty()) fmt::format_to(out, "   VMAC type private, underlying interface = {}\n", now.parent);
  fmt::format_to(out, "   MTU = {}\n   HW Type = {}\n", now.mtu, now.hardware_type == ARPHRD_LOOPBACK ? "LOOPBACK" : now.hardware_type == ARPHRD_ETHER ? "ETHERNET" : "UNKNOWN");
  bool has_users = false;
  const auto user = [&](const std::string& name, const std::string& weight) {
    if (!std::exchange(has_users, true)) fmt::format_to(out, "   Tracking VRRP instances :\n");
    fmt::format_to(out, "     {}, weight {}\n", name, weight);
  };
  for (std::size_t i = 0; i < snapshot.instances.size(); ++i) {
    const VrrpInstance& conf = snapshot.config->instances[i];
    if (conf.track_primary && (conf.interface == now.name || snapshot.instances[i].vmac_interface == now.name)) user(conf.name, "0");
    for (const auto& track : conf.track_interfaces)
      if (track.interface == now.name) user(conf.name, weight_text(track.weight));
  }
}

}  // namespace

std::string data_text(const Snapshot& snapshot) {
  std::string text;
  const Out out{text};
  const auto& config = *snapshot.config;
  write_globals(out, config);
  write_statics(out, config);
  fmt::format_to(out, "------< VRRP Topology >------\n");
  for (std::size_t i = 0; i < snapshot.instances.size(); ++i) write_instance(out, config, config.instances[i], snapshot.instances[i]);
  if (!config.groups.empty()) fmt::format_to(out, "------< VRRP Sync groups >------\n");
  for (std::size_t i = 0; i < config.groups.size(); ++i) {
    fmt::format_to(out, " VRRP Sync Group = {}, {}\n   VRRP member instances :\n", config.groups[i].name, state_name(snapshot.groups[i]));
    for (const std::size_t member : config.groups[i].members) fmt::format_to(out, "     {}\n", config.instances[member].name);
    write_notify(out, config.groups[i].notify);
  }
  write_scripts(out, snapshot);
  write_files_and_sessions(out, snapshot);
  write_processes(out, snapshot);
  if (!snapshot.interfaces.empty()) fmt::format_to(out, "------< Interfaces >------\n");
  for (const InterfaceSnapshot& interface : snapshot.interfaces) write_interface(out, snapshot, interface);
  return text;
}

std::string instance_text(const Snapshot& snapshot, std::size_t index) {
  std::string text;
  write_instance(Out{text}, *snapshot.config, snapshot.config->instances[index], snapshot.instances[index]);
  return text;
}

}  // namespace vrrpd::report
