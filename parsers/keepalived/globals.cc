#include "parsers/keepalived/globals.h"

#include <algorithm>
#include <cctype>

#include "lib/base/text.h"
#include "parsers/keepalived/command.h"
#include "parsers/keepalived/lvs_globals.h"
#include "parsers/keepalived/process_rows.h"
#include "parsers/keepalived/vrrp_blocks.h"

namespace parsers::keepalived {
namespace {

constexpr Duration kSecond{1'000'000};
constexpr std::int64_t kMostUnsigned = 4294967295, kMostCount = 2147483647;

// ---- small kinds of values

template <bool GlobalDefs::* Field>
void set_flag(GlobalDefs& to, Reader&) { to.*Field = true; }

template <bool GlobalDefs::* Field>
void read_bool(GlobalDefs& to, Reader& in) {
  if (const auto value = in.boolean(1)) to.*Field = *value;
  else in.complain("Invalid value '" + in.text(1) + "' for global " + in.text(0) + " specified");
}

template <std::optional<bool> GlobalDefs::* Field>
void read_choice(GlobalDefs& to, Reader& in) {
  if (const auto value = in.boolean(1)) to.*Field = *value;
  else in.complain("Invalid value '" + in.text(1) + "' for global " + in.text(0) + " specified");
}

template <std::string GlobalDefs::* Field>
void read_text(GlobalDefs& to, Reader& in) { to.*Field = in.text(1); }

template <Duration GarpTimes::* Field>
void read_garp_delay(GlobalDefs& to, Reader& in) {
  if (const auto value = in.number(1, 0, 4294, Numbers::Lenient)) to.garp.*Field = *value * kSecond;
  else in.complain(in.text(0) + " '" + in.text(1) + "' invalid - ignoring");
}

template <unsigned GarpTimes::* Field>
void read_garp_count(GlobalDefs& to, Reader& in) {
  const auto value = in.number(1, 0, kMostCount, Numbers::Lenient);
  if (!value) return in.complain("Invalid " + in.text(0) + " '" + in.text(1) + '\'');
  const bool may_be_zero = in.word(0) == "vrrp_garp_lower_prio_repeat";
  if (*value == 0 && !may_be_zero) in.complain(in.text(0) + " must be greater than 0, setting to 1");
  to.garp.*Field = *value == 0 && !may_be_zero ? 1U : static_cast<unsigned>(*value);
}

/// vrrp_garp_interval and vrrp_gna_interval. Tutorials write 0, which the original complains about and then takes as no
/// delay: so do we, without the complaint.
template <Duration GlobalDefs::* Field>
void read_pace(GlobalDefs& to, Reader& in) {
  const auto value = in.seconds(1, Duration{0}, Duration{4294967295});
  if (!value) return in.complain(in.text(0) + " '" + in.text(1) + "' is invalid");
  to.*Field = *value;
  if (*value >= kSecond) in.log("The " + in.text(0) + " is very large - " + in.text(1) + " seconds");
}

template <Address GlobalDefs::* Field>
void read_multicast_group(GlobalDefs& to, Reader& in) {
  const bool v6 = in.word(0) == "vrrp_mcast_group6";
  const auto address = Address::parse(in.word(1));
  const std::string begin = in.text(0) + " [" + in.text(1) + ']';
  if (!address || !address->is_ip()) return in.complain("Can't parse " + begin + ". Skipping");
  if (address->is_ipv6() != v6) return in.complain(begin + (v6 ? " is not IPv6. Skipping" : " is not IPv4. Skipping"));
  const bool multicast = v6 ? address->ipv6_bits().s6_addr[0] == 0xff : (address->ipv4_bits() >> 28) == 0xe;
  if (!multicast) return in.complain(begin + " is not multicast. Skipping");
  to.*Field = *address;
}

template <NotifyFifo GlobalDefs::* Field>
void read_fifo(GlobalDefs& to, Reader& in) {
  NotifyFifo& fifo = to.*Field;
  if (in.size() < 2) return in.complain("No " + in.text(0) + " name specified", 0);
  if (!fifo.path.empty()) return in.complain(in.text(0) + " already specified - ignoring " + in.text(1));
  fifo.path = in.text(1);
  Command owner;
  if (in.size() > 2 && read_user(in, 2, owner)) {
    fifo.uid = owner.uid;
    fifo.gid = owner.gid;
  }
}
template <NotifyFifo GlobalDefs::* Field>
void read_fifo_script(GlobalDefs& to, Reader& in) {
  NotifyFifo& fifo = to.*Field;
  if (fifo.script) return in.complain(in.text(0) + " already specified - ignoring " + in.text(1));
  fifo.script = read_command(in);
}

void read_smtp_server(GlobalDefs& to, Reader& in) {
  auto address = Address::parse(in.word(1));
  if (!address) {
    const auto resolved = in.context().system.resolve(in.word(1));
    if (resolved) address = Address::parse(*resolved);
  }
  std::int64_t port = 25;
  if (in.size() > 2) port = in.number(2, 1, 65535).value_or(0);
  if (!address || !address->is_ip() || port == 0)
    return in.complain("Invalid smtp server " + in.text(1) + ' ' + (in.size() > 2 ? in.text(2) : "25"));
  address->set_port(static_cast<std::uint16_t>(port));
  to.smtp_server = *address;
}

template <std::optional<Command> GlobalDefs::* Field>
void read_once(GlobalDefs& to, Reader& in) {
  if (to.*Field) return in.complain(in.text(0).substr(0, in.text(0).find('_')) + " script already specified");
  to.*Field = read_command(in);
}
template <Duration GlobalDefs::* Field>
void read_script_timeout(GlobalDefs& to, Reader& in) {
  const auto value = in.number(1, 1, 1000);
  if (value) to.*Field = *value * kSecond;
  else in.complain(in.text(0) + " '" + in.text(1) + "' must be in [1, 1000] - ignoring");
}

template <std::string NameFolders::* Field>
void read_name_folder(GlobalDefs& to, Reader& in) {
  if (in.size() < 2) return in.complain(in.text(0) + " requires path", 0);
  to.route_names.*Field = in.text(1);
}

/// Debian's keepalived has no iptables in it either, says so, and uses nftables.
void read_iptables(GlobalDefs& to, Reader& in) {
  if (to.iptables_given) return in.complain("iptables already specified - ignoring", 0);
  to.iptables_given = true;
  in.log("vrrp_iptables: the rules are in our own nftables table" + std::string{in.size() > 1 ? ", not in the chains named here" : ""});
}

void unknown(GlobalDefs&, Reader& in) { in.complain("Unknown keyword '" + in.text(0) + '\'', 0, Complaint::UnknownKeyword); }

template <std::uint32_t GlobalDefs::* Field>
void read_buffer(GlobalDefs& to, Reader& in) {
  if (const auto value = in.number(1, 0, kMostUnsigned)) to.*Field = static_cast<std::uint32_t>(*value);
  else in.complain(in.text(0) + " size (" + in.text(1) + ") invalid");
}

constexpr auto kGlobalKeywords = std::to_array<Keyword<GlobalDefs>>({
    {"notification_email", 0, [](GlobalDefs& to, Reader& in) {
       for (const Statement& line : in.statement().body)
         for (const Word& word : line.words) to.notification_email.push_back(word.text);
       if (to.notification_email.empty()) in.context().findings.at_end(Complaint::Warning, in.statement(), "Warning - empty notification_email block");
     }, "who gets mail", Form::Block},
    {"notification_email_from", 0, [](GlobalDefs& to, Reader& in) {
       if (in.size() < 2) return in.complain("emailfrom missing - ignoring", 0);
       to.notification_email_from = in.text(1);
     }, "sender of mail"},
    {"smtp_server", 1, &read_smtp_server, "relay"},
    {"smtp_helo_name", 0, &read_text<&GlobalDefs::smtp_helo_name>, "our name in the dialogue"},
    {"smtp_connect_timeout", 1, [](GlobalDefs& to, Reader& in) {
       const auto value = in.number(1, 0, 4294, Numbers::Lenient);
       if (!value) return in.complain("smtp_connect_timeout '" + in.text(1) + "' must be in [0, 4294] - ignoring");
       if (*value == 0) in.complain("smtp_conect_timeout must be greater than 0, setting to 1");
       to.smtp_connect_timeout = std::max<std::int64_t>(*value, 1) * kSecond;
     }, "seconds"},
    {"router_id", 0, [](GlobalDefs& to, Reader& in) {
       if (in.size() < 2) return in.complain("routerid name missing - ignoring", 0);
       to.router_id = in.text(1);
     }, "name of this node"},
    {"smtp_alert", 0, &read_choice<&GlobalDefs::smtp_alert>, "default of all smtp_alert"},
    {"smtp_alert_vrrp", 0, &read_choice<&GlobalDefs::smtp_alert_vrrp>, "default of VRRP's smtp_alert"},
    {"smtp_alert_checker", 0, &read_choice<&GlobalDefs::smtp_alert_checker>, "default of the checkers' smtp_alert"},
    {"no_email_faults", 0, &set_flag<&GlobalDefs::no_email_faults>, "no mail for FAULT"},
    {"no_checker_emails", 0, &read_bool<&GlobalDefs::no_checker_emails>, "fewer mails of checkers"},
    {"no_shared_checks", 0, &set_flag<&GlobalDefs::no_shared_checks>, "ours: identical checks run each for themselves"},
    {"rs_init_notifies", 0, &read_bool<&GlobalDefs::rs_init_notifies>, "first states are told, too"},
    {"checker_log_all_failures", 0, [](GlobalDefs& to, Reader& in) {
       if (const auto value = in.boolean(1)) to.checker_log_all_failures = *value;
       else in.complain("Invalid value for checker_log_all_failures specified");
     }, "each failed check is logged"},
    {"default_interface", 0, [](GlobalDefs& to, Reader& in) {
       if (in.size() < 2) return in.complain("default_interface requires interface name", 0);
       to.default_interface = in.text(1);
     }, "interface of static addresses"},
    {"dynamic_interfaces", 0, [](GlobalDefs& to, Reader& in) {
       to.dynamic_interfaces = true;
       if (in.size() < 2) return;
       if (in.word(1) == "allow_if_changes") to.allow_interface_changes = true;
       else in.complain("Unknown dynamic_interfaces option '" + in.text(1) + '\'');
     }, "interfaces may come and go"},
    {"disable_local_igmp", 0, &set_flag<&GlobalDefs::disable_local_igmp>, "no IGMP reports about link-local groups"},
    {"vrrp_mcast_group4", 1, &read_multicast_group<&GlobalDefs::multicast_group4>, "IPv4 group of adverts"},
    {"vrrp_mcast_group6", 1, &read_multicast_group<&GlobalDefs::multicast_group6>, "IPv6 group of adverts"},
    {"vrrp_version", 1, [](GlobalDefs& to, Reader& in) {
       if (const auto value = in.number(1, 2, 3, Numbers::Lenient)) to.vrrp_version = static_cast<std::uint8_t>(*value);
       else in.complain("VRRP Error: Version must be either 2 or 3");
     }, "default version for IPv4"},
    {"vrrp_strict", 0, &read_bool<&GlobalDefs::strict>, "RFC rules enforced"},
    {"vrrp_skip_check_adv_addr", 0, &read_bool<&GlobalDefs::skip_check_adv_addr>, "the address list is compared once a master"},
    {"vrrp_check_unicast_src", 0, &set_flag<&GlobalDefs::check_unicast_source>, "only peers are heard"},
    {"vrrp_garp_master_delay", 1, &read_garp_delay<&GarpTimes::master_delay>, "seconds to the second block"},
    {"vrrp_garp_master_repeat", 1, &read_garp_count<&GarpTimes::master_repeat>, "rounds a block"},
    {"vrrp_garp_master_refresh", 1, &read_garp_delay<&GarpTimes::master_refresh>, "seconds between refreshes"},
    {"vrrp_garp_master_refresh_repeat", 1, &read_garp_count<&GarpTimes::master_refresh_repeat>, "rounds a refresh"},
    {"vrrp_garp_lower_prio_delay", 1, &read_garp_delay<&GarpTimes::lower_prio_delay>, "seconds to the second block"},
    {"vrrp_garp_lower_prio_repeat", 1, &read_garp_count<&GarpTimes::lower_prio_repeat>, "rounds after a lower advert"},
    {"vrrp_garp_interval", 1, &read_pace<&GlobalDefs::garp_interval>, "seconds between ARPs"},
    {"vrrp_gna_interval", 1, &read_pace<&GlobalDefs::gna_interval>, "seconds between neighbour adverts"},
    {"vrrp_min_garp", 0, [](GlobalDefs& to, Reader& in) {
       const auto value = in.boolean(1);
       if (!value) return in.complain("Invalid value for vrrp_min_garp specified");
       to.min_garp = *value;
       if (!*value) return;
       to.garp.master_repeat = to.garp.master_refresh_repeat = 1;
       to.garp.master_delay = to.garp.master_refresh = Duration{0};
     }, "one ARP only"},
    {"vrrp_garp_extra_if", 0, [](GlobalDefs& to, Reader& in) { read_extra_announcements(to.garp, in, "", "", 1); }, "GARP on quiet interfaces"},
    {"vrrp_vmac_garp_intvl", 0, [](GlobalDefs& to, Reader& in) { read_extra_announcements(to.garp, in, "", "vrrp_garp_extra_if", 1); }, "GARP on quiet interfaces"},
    {"vrrp_lower_prio_no_advert", 0, &read_bool<&GlobalDefs::lower_prio_no_advert>, "a lower advert is not answered"},
    {"vrrp_higher_prio_send_advert", 0, &read_bool<&GlobalDefs::higher_prio_send_advert>, "one last advert before yielding"},
    {"vrrp_owner_ignore_adverts", 0, &read_bool<&GlobalDefs::owner_ignore_adverts>, "an owner hears nobody"},
    {"vrrp_down_timer_adverts", 1, [](GlobalDefs& to, Reader& in) {
       if (const auto value = in.number(1, 1, 100)) to.down_timer_adverts = static_cast<unsigned>(*value);
       else in.complain("Invalid vrrp_down_timer_adverts [1:100] '" + in.text(1) + '\'');
     }, "adverts that may be missed"},
    {"v3_checksum_as_v2", 0, &set_flag<&GlobalDefs::v3_checksum_as_v2>, "version 3 checksum without pseudo header"},
    {"vrrp_iptables", 0, &read_iptables, "firewall rules, by nftables here as well"},
    {"vrrp_ipsets", 0, [](GlobalDefs& to, Reader& in) {
       to.ipsets_given = true;
       in.log("vrrp_ipsets: the sets are in our own nftables table");
     }, "names of ipsets, for vrrp_iptables"},
    {"nftables", 0, [](GlobalDefs& to, Reader& in) {
       if (to.nftables_given) return in.complain("nftables already specified - ignoring", 0);
       to.nftables_given = true;
       if (in.size() > 1) to.nftables_table = in.text(1);
     }, "firewall rules in an own table"},
    {"nftables_priority", 1, [](GlobalDefs& to, Reader& in) {
       if (const auto value = in.number(1, -2147483648LL, kMostCount)) to.nftables_priority = static_cast<std::int32_t>(*value);
       else in.complain("invalid nftables chain priority '" + in.text(1) + '\'');
     }, "chain priority"},
    {"nftables_counters", 0, &set_flag<&GlobalDefs::nftables_counters>, "counters in rules"},
    {"nftables_ifindex", 0, &set_flag<&GlobalDefs::nftables_ifindex>, "interfaces by index"},
    {"nftables_ipvs", 0, &read_nftables_ipvs, "groups become one mark"},
    {"nftables_ipvs_priority", 1, &read_nftables_ipvs_priority, "chain priority"},
    {"nftables_ipvs_start_fwmark", 1, &read_nftables_ipvs_mark, "first mark"},
    {"script_user", 1, [](GlobalDefs& to, Reader& in) {
       Command who;
       if (!read_user(in, 1, who)) return in.complain("Error setting global script uid/gid");
       to.script_uid = who.uid;
       to.script_gid = who.gid;
       to.script_groups = who.supplementary;
       to.script_user_given = true;
     }, "who runs scripts"},
    {"enable_script_security", 0, &set_flag<&GlobalDefs::script_security>, "scripts that others can write are not run"},
    {"set_supplementary_groups", 0, [](GlobalDefs& to, Reader& in) {
       if (const auto value = in.boolean(1)) to.supplementary_groups = *value;
       else in.complain("Invalid set_supplementary_groups parameter " + in.text(1));
     }, "scripts get the user's groups"},
    {"use_symlink_paths", 0, [](GlobalDefs& to, Reader& in) {
       if (const auto value = in.boolean(1)) to.use_symlink_paths = *value;
       else in.complain("Invalid value '" + in.text(1) + "' for global use_symlink_path specified");
     }, "scripts run by the path as written; false: by what its links point to"},
    {"notify_fifo", 0, &read_fifo<&GlobalDefs::fifo>, "pipe for all events"},
    {"notify_fifo_script", 1, &read_fifo_script<&GlobalDefs::fifo>, "reader of the pipe"},
    {"vrrp_notify_fifo", 0, &read_fifo<&GlobalDefs::vrrp_fifo>, "pipe for VRRP events"},
    {"vrrp_notify_fifo_script", 1, &read_fifo_script<&GlobalDefs::vrrp_fifo>, "reader of the pipe"},
    {"lvs_notify_fifo", 0, &read_fifo<&GlobalDefs::lvs_fifo>, "pipe for checker events"},
    {"lvs_notify_fifo_script", 1, &read_fifo_script<&GlobalDefs::lvs_fifo>, "reader of the pipe"},
    {"vrrp_notify_priority_changes", 0, &read_bool<&GlobalDefs::notify_priority_changes>, "FIFO events for priorities"},
    {"fifo_write_vrrp_states_on_reload", 0, &set_flag<&GlobalDefs::fifo_states_on_reload>, "states are told again"},
    {"startup_script", 1, &read_once<&GlobalDefs::startup_script>, "before the start"},
    {"shutdown_script", 1, &read_once<&GlobalDefs::shutdown_script>, "after the end"},
    {"startup_script_timeout", 1, &read_script_timeout<&GlobalDefs::startup_timeout>, "seconds"},
    {"shutdown_script_timeout", 1, &read_script_timeout<&GlobalDefs::shutdown_timeout>, "seconds"},
    {"process_names", 0, &set_flag<&GlobalDefs::process_names>, "processes have names of their own"},
    {"process_name", 1, [](GlobalDefs& to, Reader& in) { to.process_name = read_short_name(in); }, "name of the process"},
    {"vrrp_process_name", 1, &of_process<&GlobalDefs::vrrp, &read_process_name>, "name of the process"},
    {"checker_process_name", 1, &of_process<&GlobalDefs::checker, &read_process_name>, "name of the process"},
    {"lvs_process_name", 1, &of_process<&GlobalDefs::checker, &read_process_name>, "old name of checker_process_name"},
    {"bfd_process_name", 1, &of_process<&GlobalDefs::bfd, &read_process_name>, "name of the process"},
    {"vrrp_priority", 1, &of_process<&GlobalDefs::vrrp, &read_process_priority>, "nice value"},
    {"checker_priority", 1, &of_process<&GlobalDefs::checker, &read_process_priority>, "nice value"},
    {"bfd_priority", 1, &of_process<&GlobalDefs::bfd, &read_process_priority>, "nice value"},
    {"vrrp_rt_priority", 1, &of_process<&GlobalDefs::vrrp, &read_realtime_priority>, "SCHED_RR priority"},
    {"checker_rt_priority", 1, &of_process<&GlobalDefs::checker, &read_realtime_priority>, "SCHED_RR priority"},
    {"bfd_rt_priority", 1, &of_process<&GlobalDefs::bfd, &read_realtime_priority>, "SCHED_RR priority"},
    {"vrrp_rlimit_rttime", 1, &of_process<&GlobalDefs::vrrp, &read_realtime_limit>, "microseconds"},
    {"vrrp_rlimit_rtime", 1, &of_process<&GlobalDefs::vrrp, &read_realtime_limit>, "microseconds"},
    {"checker_rlimit_rtime", 1, &of_process<&GlobalDefs::checker, &read_realtime_limit>, "microseconds"},
    {"bfd_rlimit_rtime", 1, &of_process<&GlobalDefs::bfd, &read_realtime_limit>, "microseconds"},
    {"checker_rlimit_rttime", 1, &of_process<&GlobalDefs::checker, &read_realtime_limit>, "microseconds"},
    {"bfd_rlimit_rttime", 1, &of_process<&GlobalDefs::bfd, &read_realtime_limit>, "microseconds"},
    {"vrrp_no_swap", 0, &of_process<&GlobalDefs::vrrp, &read_no_swap>, "memory is locked"},
    {"checker_no_swap", 0, &of_process<&GlobalDefs::checker, &read_no_swap>, "memory is locked"},
    {"bfd_no_swap", 0, &of_process<&GlobalDefs::bfd, &read_no_swap>, "memory is locked"},
    {"vrrp_cpu_affinity", 0, &of_process<&GlobalDefs::vrrp, &read_cpu_affinity>, "processors"},
    {"checker_cpu_affinity", 0, &of_process<&GlobalDefs::checker, &read_cpu_affinity>, "processors"},
    {"bfd_cpu_affinity", 0, &of_process<&GlobalDefs::bfd, &read_cpu_affinity>, "processors"},
    {"max_auto_priority", 0, [](GlobalDefs& to, Reader& in) {
       if (in.size() < 2) return;
       if (const auto value = in.number(1, -1, 99)) to.max_auto_priority = static_cast<int>(*value);
     }, "highest priority that late timers raise to"},
    {"min_auto_priority_delay", 1, [](GlobalDefs& to, Reader& in) {
       if (const auto value = in.number(1, 1, 10'000'000)) to.min_auto_priority_delay = Duration{*value};
       else in.complain("min_auto_priority_delay '" + in.text(1) + "' must be in [1, 10000000] - ignoring");
     }, "microseconds"},
    {"lvs_timeouts", 0, &read_lvs_timeouts, "seconds that IPVS keeps idle connections"},
    {"lvs_flush", 0, &set_flag<&GlobalDefs::lvs_flush>, "the IPVS table is emptied at the start"},
    {"lvs_flush_on_stop", 0, &read_lvs_flush_on_stop, "the IPVS table is emptied at the end"},
    {"lvs_flush_onstop", 0, &read_lvs_flush_on_stop, "old name of lvs_flush_on_stop"},
    {"lvs_sync_daemon", 0, &read_lvs_sync_daemon, "connections are told to the other directors"},
    {"lvs_driver", 1, &read_lvs_driver, "ours: ipvs, nftables or auto"},
    {"lvs_netlink_cmd_rcv_bufs", 1, &read_buffer<&GlobalDefs::lvs_netlink_command_buffer>, "bytes"},
    {"lvs_netlink_cmd_rcv_bufs_force", 0, &read_bool<&GlobalDefs::lvs_netlink_command_force>, "past the limit"},
    {"lvs_netlink_monitor_rcv_bufs", 1, &read_buffer<&GlobalDefs::lvs_netlink_monitor_buffer>, "bytes"},
    {"lvs_netlink_monitor_rcv_bufs_force", 0, &read_bool<&GlobalDefs::lvs_netlink_monitor_force>, "past the limit"},
    {"snmp_socket", 1, &unknown, "SNMP builds only"},
    {"enable_traps", 0, &unknown, "SNMP builds only"},
    {"enable_snmp_vrrp", 0, &unknown, "SNMP builds only"},
    {"enable_snmp_keepalived", 0, &unknown, "SNMP builds only"},
    {"enable_snmp_checker", 0, &unknown, "SNMP builds only"},
    {"enable_snmp_rfc", 0, &unknown, "SNMP builds only"},
    {"enable_snmp_rfcv2", 0, &unknown, "SNMP builds only"},
    {"enable_snmp_rfcv3", 0, &unknown, "SNMP builds only"},
    {"enable_dbus", 0, &unknown, "D-Bus builds only"},
    {"dbus_service_name", 1, &unknown, "D-Bus builds only"},
    {"dbus_no_interface_name", 1, &unknown, "D-Bus builds only"},
    {"vrrp_rx_bufs_policy", 1, [](GlobalDefs& to, Reader& in) {
       std::string word = in.text(1);
       std::transform(word.begin(), word.end(), word.begin(), [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
       if (word == "MTU" || word == "ADVERT" || in.number(1, 0, kMostCount)) to.receive_buffer_policy = word;
       else in.complain("Invalid vrrp_rx_bufs_policy " + in.text(1));
     }, "MTU, ADVERT or bytes"},
    {"vrrp_rx_bufs_multiplier", 1, [](GlobalDefs& to, Reader& in) {
       if (in.size() > 2) in.complain("Invalid vrrp_rx_bufs_multiplier", 2);
       else if (const auto value = in.number(1, 1, kMostUnsigned)) to.receive_buffer_multiplier = static_cast<unsigned>(*value);
       else in.complain("Invalid vrrp_rx_bufs_multiplier " + in.text(1));
     }, "packets"},
    {"vrrp_netlink_cmd_rcv_bufs", 1, &read_buffer<&GlobalDefs::vrrp_netlink_command_buffer>, "bytes"},
    {"vrrp_netlink_cmd_rcv_bufs_force", 0, &read_bool<&GlobalDefs::vrrp_netlink_command_force>, "past the limit"},
    {"vrrp_netlink_monitor_rcv_bufs", 1, &read_buffer<&GlobalDefs::vrrp_netlink_monitor_buffer>, "bytes"},
    {"vrrp_netlink_monitor_rcv_bufs_force", 0, &read_bool<&GlobalDefs::vrrp_netlink_monitor_force>, "past the limit"},
    {"process_monitor_rcv_bufs", 1, &read_buffer<&GlobalDefs::process_monitor_buffer>, "bytes"},
    {"process_monitor_rcv_bufs_force", 0, &read_bool<&GlobalDefs::process_monitor_force>, "past the limit"},
    {"vrrp_startup_delay", 1, [](GlobalDefs& to, Reader& in) {
       if (const auto value = in.seconds(1, Duration{1000}, 4294 * kSecond)) to.startup_delay = *value;
       else in.complain("vrrp_startup_delay '" + in.text(1) + "' is invalid");
     }, "seconds before VRRP begins"},
    {"vrrp_delay_after_boot", 1, [](GlobalDefs& to, Reader& in) {
       if (const auto value = in.seconds(1, Duration{1000}, 4294 * kSecond)) to.delay_after_boot = *value;
       else in.complain("vrrp_delay_after_boot '" + in.text(1) + "' is invalid");
     }, "seconds after the host's start"},
    {"log_unknown_vrids", 0, &set_flag<&GlobalDefs::log_unknown_vrids>, "adverts of unknown routers are logged"},
    {"vmac_prefix", 1, &read_text<&GlobalDefs::vmac_prefix>, "name of VMACs"},
    {"vmac_addr_prefix", 1, &read_text<&GlobalDefs::vmac_addr_prefix>, "name of address VMACs"},
    {"umask", 1, [](GlobalDefs& to, Reader& in) {
       char* end = nullptr;
       const std::string text = in.text(1);
       const unsigned long value = std::strtoul(text.c_str(), &end, 8);
       if (in.size() > 2) in.complain("Extra parameter(s) to umask option", 2);
       if (*end != '\0' || value > 0777) return in.complain("invalid umask value " + text);
       to.umask = static_cast<unsigned>(value);
     }, "of files that we make"},
    {"random_seed", 1, [](GlobalDefs&, Reader& in) { (void)in.number(1, 0, kMostUnsigned); }, "debug aid"},
    {"reload_check_config", 0, [](GlobalDefs& to, Reader& in) {
       to.reload_check_config = true;  // ours always checks first
       to.reload_check_log = in.text(1);
     }, "a reload checks the file first"},
    {"reload_time_file", 1, &read_text<&GlobalDefs::reload_time_file>, "a file with the time of the next reload"},
    {"reload_repeat", 0, &set_flag<&GlobalDefs::reload_repeat>, "the same time every day"},
    {"reload_file", 0, [](GlobalDefs& to, Reader& in) { to.reload_file = in.size() > 1 ? in.text(1) : "/run/keepalived.reload"; }, "exists while a file is read"},
    {"include_check", 0, [](GlobalDefs&, Reader&) {}, "strictness of include: read with the lines"},
    {"config_save_dir", 1, &read_text<&GlobalDefs::config_save_dir>, "copies for debugging"},
    {"tmp_config_directory", 1, [](GlobalDefs&, Reader&) {}, "one process needs no shared copy"},
    {"data_use_instance", 0, &read_bool<&GlobalDefs::data_use_instance>, "names of dump files"},
    {"json_version", 1, [](GlobalDefs& to, Reader& in) {
       if (const auto value = in.number(1, 1, 2)) to.json_version = static_cast<unsigned>(*value);
       else in.complain("Invalid JSON version");
     }, "shape of the JSON dump"},
    {"iproute_usr_dir", 0, &read_name_folder<&NameFolders::usr>, "where names of tables are"},
    {"iproute_etc_dir", 0, &read_name_folder<&NameFolders::etc>, "where names of tables are, stronger"},
    {"state_dump_file", 1, &read_text<&GlobalDefs::state_dump_file>, "path"},
    {"stats_dump_file", 1, &read_text<&GlobalDefs::stats_dump_file>, "path"},
    {"json_dump_file", 1, &read_text<&GlobalDefs::json_dump_file>, "path"},
    {"runtime_socket", 1, &read_text<&GlobalDefs::runtime_socket>, "ours: path of vrrpd's runtime socket"},
    {"checker_runtime_socket", 1, &read_text<&GlobalDefs::checker_runtime_socket>, "ours: path of checkerd's runtime socket"},
});

void add_member(GarpGroup& to, Reader& in, std::size_t index) {
  const std::string name = in.text(index);
  Context& context = in.context();
  if (!context.config.global.dynamic_interfaces && !context.system.find_interface(name)) {
    context.missing_interface = true;
    return in.complain("WARNING - interface " + name + " specified for garp_group doesn't exist", index, Complaint::BadInterface);
  }
  const auto has_it = [&](const GarpGroup& group) { return std::find(group.interfaces.begin(), group.interfaces.end(), name) != group.interfaces.end(); };
  if (has_it(to) || std::any_of(context.config.garp_groups.begin(), context.config.garp_groups.end(), has_it))
    return in.complain("garp_group already specified for " + name + " - ignoring", index);
  to.interfaces.push_back(name);
}

constexpr auto kGarpGroupKeywords = std::to_array<Keyword<GarpGroup>>({
    {"garp_interval", 1, [](GarpGroup& to, Reader& in) {
       if (const auto value = in.seconds(1, Duration{0}, Duration{4294967295})) to.garp_interval = *value;
       else in.complain("garp_group garp_interval '" + in.text(1) + "' invalid");
     }, "seconds between ARPs"},
    {"gna_interval", 1, [](GarpGroup& to, Reader& in) {
       if (const auto value = in.seconds(1, Duration{0}, Duration{4294967295})) to.gna_interval = *value;
       else in.complain("garp_group gna_interval '" + in.text(1) + "' invalid");
     }, "seconds between neighbour adverts"},
    {"interface", 1, [](GarpGroup& to, Reader& in) { add_member(to, in, 1); }, "one member"},
    {"interfaces", 0, [](GarpGroup& to, Reader& in) {
       for (const Statement& line : in.statement().body) {
         Reader member{line, in.context()};
         for (std::size_t i = 0; i < member.size(); ++i) add_member(to, member, i);
       }
     }, "members", Form::Block},
});

}  // namespace

void read_global_defs(const Statement& block, Context& context) {
  read_block(kGlobalKeywords, context.config.global, block, context);
}

void read_garp_group(const Statement& block, Context& context) {
  GarpGroup group;
  read_block(kGarpGroupKeywords, group, block, context);
  if (group.garp_interval.count() == 0 && group.gna_interval.count() == 0)
    return context.findings.at_end(Complaint::General, block, "garp group " + std::to_string(context.config.garp_groups.size()) + " does not have any delay set - removing");
  context.config.garp_groups.push_back(std::move(group));
}

void complete_globals(Context& context) {
  GlobalDefs& global = context.config.global;
  const std::string host = context.system.host_name();
  if (global.router_id.empty()) global.router_id = host;
  if (global.smtp_helo_name.empty()) global.smtp_helo_name = host;
  if (global.notification_email_from.empty()) global.notification_email_from = "root@" + host;
  if (!global.multicast_group4.is_ip()) global.multicast_group4 = Address::ipv4(0xe0000012);
  if (!global.multicast_group6.is_ip()) global.multicast_group6 = *Address::parse("ff02::12");
  if (global.vmac_addr_prefix.empty()) global.vmac_addr_prefix = global.vmac_prefix;
  if (global.ipsets_given && !global.iptables_given)
    context.findings.about(Complaint::Log, {}, "vrrp_ipsets has been specified but not vrrp_iptables - vrrp_ipsets will be ignored");
  if (global.script_user_given) return;
  if (const auto account = context.system.find_user("keepalived_script")) {
    global.script_uid = account->uid;
    global.script_gid = account->gid;
    global.script_groups = account->supplementary;
  }
}

}  // namespace parsers::keepalived
