#include "parsers/keepalived/globals.h"

#include <algorithm>
#include <cctype>

#include "lib/base/text.h"
#include "parsers/keepalived/command.h"
#include "parsers/keepalived/keyword_list.h"
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
     }, "{ ADDRESS... }", "Who gets mail.", Form::Block},
    {"notification_email_from", 0, [](GlobalDefs& to, Reader& in) {
       if (in.size() < 2) return in.complain("emailfrom missing - ignoring", 0);
       to.notification_email_from = in.text(1);
     }, "ADDRESS", "The sender of mail. Default: the user at this host."},
    {"smtp_server", 1, &read_smtp_server, "HOST [PORT]", "The relay for mail; the name is resolved when the file is read. Without it no mail is sent. Default port: 25."},
    {"smtp_helo_name", 0, &read_text<&GlobalDefs::smtp_helo_name>, "NAME", "What we call ourselves to the relay. Default: the host's name."},
    {"smtp_connect_timeout", 1, [](GlobalDefs& to, Reader& in) {
       const auto value = in.number(1, 0, 4294, Numbers::Lenient);
       if (!value) return in.complain("smtp_connect_timeout '" + in.text(1) + "' must be in [0, 4294] - ignoring");
       if (*value == 0) in.complain("smtp_conect_timeout must be greater than 0, setting to 1");
       to.smtp_connect_timeout = std::max<std::int64_t>(*value, 1) * kSecond;
     }, "SECONDS", "Longest wait for the relay, 1 to 4294. Default: 30."},
    {"router_id", 0, [](GlobalDefs& to, Reader& in) {
       if (in.size() < 2) return in.complain("routerid name missing - ignoring", 0);
       to.router_id = in.text(1);
     }, "NAME", "This node's name in mail. Default: the host's name."},
    {"smtp_alert", 0, &read_choice<&GlobalDefs::smtp_alert>, "[BOOL]", "Default of every smtp_alert."},
    {"smtp_alert_vrrp", 0, &read_choice<&GlobalDefs::smtp_alert_vrrp>, "[BOOL]", "Default of smtp_alert in instances and sync groups; goes before smtp_alert."},
    {"smtp_alert_checker", 0, &read_choice<&GlobalDefs::smtp_alert_checker>, "[BOOL]", "Default of smtp_alert in virtual and real servers; goes before smtp_alert. Without both real servers send mail and virtual servers do not."},
    {"no_email_faults", 0, &set_flag<&GlobalDefs::no_email_faults>, "", "No mail about FAULT."},
    {"no_checker_emails", 0, &read_bool<&GlobalDefs::no_checker_emails>, "[BOOL]", "Mail only when a real server's state changes, not for each of its checkers. Default: off."},
    {"no_shared_checks", 0, &set_flag<&GlobalDefs::no_shared_checks>, "", "Triad's own: checks that ask the same are run each for itself."},
    {"rs_init_notifies", 0, &read_bool<&GlobalDefs::rs_init_notifies>, "[BOOL]", "Real servers' scripts run for their first state, too. Default: off."},
    {"checker_log_all_failures", 0, [](GlobalDefs& to, Reader& in) {
       if (const auto value = in.boolean(1)) to.checker_log_all_failures = *value;
       else in.complain("Invalid value for checker_log_all_failures specified");
     }, "[BOOL]", "Log each failed check, not only changes. Default: off."},
    {"default_interface", 0, [](GlobalDefs& to, Reader& in) {
       if (in.size() < 2) return in.complain("default_interface requires interface name", 0);
       to.default_interface = in.text(1);
     }, "INTERFACE", "Where static addresses go whose lines name none. Default: eth0."},
    {"dynamic_interfaces", 0, [](GlobalDefs& to, Reader& in) {
       to.dynamic_interfaces = true;
       if (in.size() < 2) return;
       if (in.word(1) == "allow_if_changes") to.allow_interface_changes = true;
       else in.complain("Unknown dynamic_interfaces option '" + in.text(1) + '\'');
     }, "[allow_if_changes]", "Interfaces may be missing, come and go; with the word also change their kind or parent."},
    {"disable_local_igmp", 0, &set_flag<&GlobalDefs::disable_local_igmp>, "", "No IGMP reports about link-local groups (a sysctl of the host, while vrrpd runs)."},
    {"vrrp_mcast_group4", 1, &read_multicast_group<&GlobalDefs::multicast_group4>, "ADDRESS", "Where IPv4 adverts go. Default: 224.0.0.18."},
    {"vrrp_mcast_group6", 1, &read_multicast_group<&GlobalDefs::multicast_group6>, "ADDRESS", "Where IPv6 adverts go. Default: ff02::12."},
    {"vrrp_version", 1, [](GlobalDefs& to, Reader& in) {
       if (const auto value = in.number(1, 2, 3, Numbers::Lenient)) to.vrrp_version = static_cast<std::uint8_t>(*value);
       else in.complain("VRRP Error: Version must be either 2 or 3");
     }, "2|3", "Version of IPv4 instances that say none. Default: 2. IPv6 has version 3."},
    {"vrrp_strict", 0, &read_bool<&GlobalDefs::strict>, "[BOOL]", "Default of strict_mode. Default: off."},
    {"vrrp_skip_check_adv_addr", 0, &read_bool<&GlobalDefs::skip_check_adv_addr>, "[BOOL]", "Compare the addresses in an advert with ours only when its sender is new. Default: off."},
    {"vrrp_check_unicast_src", 0, &set_flag<&GlobalDefs::check_unicast_source>, "", "Unicast adverts count from configured peers only."},
    {"vrrp_garp_master_delay", 1, &read_garp_delay<&GarpTimes::master_delay>, "SECONDS", "From the first block of gratuitous ARPs of a new master to the second, 0 to 4294; 0: no second block. Default: 5."},
    {"vrrp_garp_master_repeat", 1, &read_garp_count<&GarpTimes::master_repeat>, "NUMBER", "ARPs for each address in a block, from 1. Default: 5."},
    {"vrrp_garp_master_refresh", 1, &read_garp_delay<&GarpTimes::master_refresh>, "SECONDS", "A master repeats its ARPs so often; 0: never. Default: 0."},
    {"vrrp_garp_master_refresh_repeat", 1, &read_garp_count<&GarpTimes::master_refresh_repeat>, "NUMBER", "ARPs for each address in such a repetition, from 1. Default: 1."},
    {"vrrp_garp_lower_prio_delay", 1, &read_garp_delay<&GarpTimes::lower_prio_delay>, "SECONDS", "To the second block after an advert with a lower priority, 0 to 4294. Default: vrrp_garp_master_delay."},
    {"vrrp_garp_lower_prio_repeat", 1, &read_garp_count<&GarpTimes::lower_prio_repeat>, "NUMBER", "ARPs for each address in those blocks; 0: none. Default: vrrp_garp_master_repeat."},
    {"vrrp_garp_interval", 1, &read_pace<&GlobalDefs::garp_interval>, "SECONDS", "Between two ARPs on an interface, six decimals. Default: 0."},
    {"vrrp_gna_interval", 1, &read_pace<&GlobalDefs::gna_interval>, "SECONDS", "Between two unsolicited neighbour advertisements on an interface, six decimals. Default: 0."},
    {"vrrp_min_garp", 0, [](GlobalDefs& to, Reader& in) {
       const auto value = in.boolean(1);
       if (!value) return in.complain("Invalid value for vrrp_min_garp specified");
       to.min_garp = *value;
       if (!*value) return;
       to.garp.master_repeat = to.garp.master_refresh_repeat = 1;
       to.garp.master_delay = to.garp.master_refresh = Duration{0};
     }, "[BOOL]", "One ARP for each address and no more: sets the repeats to 1 and the delays to 0. Default: off."},
    {"vrrp_garp_extra_if", 0, [](GlobalDefs& to, Reader& in) { read_extra_announcements(to.garp, in, "", "", 1); }, "[all] SECONDS", "A master repeats its ARPs so often on VMACs that send no adverts, with \"all\" on every interface with addresses; 1 to 86400. Default: never."},
    {"vrrp_vmac_garp_intvl", 0, [](GlobalDefs& to, Reader& in) { read_extra_announcements(to.garp, in, "", "vrrp_garp_extra_if", 1); }, "[all] SECONDS", "Old name of vrrp_garp_extra_if."},
    {"vrrp_lower_prio_no_advert", 0, &read_bool<&GlobalDefs::lower_prio_no_advert>, "[BOOL]", "A master does not answer an advert of lower priority at once. Default: off, in strict mode on."},
    {"vrrp_higher_prio_send_advert", 0, &read_bool<&GlobalDefs::higher_prio_send_advert>, "[BOOL]", "A master sends one more advert before it yields to a higher priority. Default: off."},
    {"vrrp_owner_ignore_adverts", 0, &read_bool<&GlobalDefs::owner_ignore_adverts>, "[BOOL]", "With priority 255 all adverts are ignored. Default: off, in strict mode on."},
    {"vrrp_down_timer_adverts", 1, [](GlobalDefs& to, Reader& in) {
       if (const auto value = in.number(1, 1, 100)) to.down_timer_adverts = static_cast<unsigned>(*value);
       else in.complain("Invalid vrrp_down_timer_adverts [1:100] '" + in.text(1) + '\'');
     }, "NUMBER", "Missing adverts after which a backup takes over, 1 to 100. Default: 3."},
    {"v3_checksum_as_v2", 0, &set_flag<&GlobalDefs::v3_checksum_as_v2>, "", "Checksums of version 3 over IPv4 leave out the pseudo header."},
    {"vrrp_iptables", 0, &read_iptables, "[INPUT [OUTPUT]]", "Guard addresses by firewall rules, which stand in our own nftables table whatever chains are named."},
    {"vrrp_ipsets", 0, [](GlobalDefs& to, Reader& in) {
       to.ipsets_given = true;
       in.log("vrrp_ipsets: the sets are in our own nftables table");
     }, "[NAME...]", "Names of ipsets for vrrp_iptables; the sets are in our own nftables table."},
    {"nftables", 0, [](GlobalDefs& to, Reader& in) {
       if (to.nftables_given) return in.complain("nftables already specified - ignoring", 0);
       to.nftables_given = true;
       if (in.size() > 1) to.nftables_table = in.text(1);
     }, "[TABLE]", "Guard addresses (no_accept, strict mode, VMACs) by rules in this nftables table. Default name: keepalived."},
    {"nftables_priority", 1, [](GlobalDefs& to, Reader& in) {
       if (const auto value = in.number(1, -2147483648LL, kMostCount)) to.nftables_priority = static_cast<std::int32_t>(*value);
       else in.complain("invalid nftables chain priority '" + in.text(1) + '\'');
     }, "NUMBER", "Priority of those chains. Default: -1."},
    {"nftables_counters", 0, &set_flag<&GlobalDefs::nftables_counters>, "", "Those rules count."},
    {"nftables_ifindex", 0, &set_flag<&GlobalDefs::nftables_ifindex>, "", "Those rules name interfaces by their index."},
    {"nftables_ipvs", 0, &read_nftables_ipvs, "[TABLE]", "Addresses of a virtual_server_group get one firewall mark, set in this nftables table, and IPVS one service for it. Default name: keepalived_ipvs."},
    {"nftables_ipvs_priority", 1, &read_nftables_ipvs_priority, "NUMBER", "Priority of those chains. Default: -1."},
    {"nftables_ipvs_start_fwmark", 1, &read_nftables_ipvs_mark, "NUMBER", "First mark to be used, from 1. Default: 1000."},
    {"script_user", 1, [](GlobalDefs& to, Reader& in) {
       Command who;
       if (!read_user(in, 1, who)) return in.complain("Error setting global script uid/gid");
       to.script_uid = who.uid;
       to.script_gid = who.gid;
       to.script_groups = who.supplementary;
       to.script_user_given = true;
     }, "USER [GROUP]", "Who runs scripts. Default: keepalived_script where there is one, else root."},
    {"enable_script_security", 0, &set_flag<&GlobalDefs::script_security>, "", "Scripts that root runs are not run if others than root may write to any part of their path."},
    {"set_supplementary_groups", 0, [](GlobalDefs& to, Reader& in) {
       if (const auto value = in.boolean(1)) to.supplementary_groups = *value;
       else in.complain("Invalid set_supplementary_groups parameter " + in.text(1));
     }, "[BOOL]", "Scripts get all groups of their user. Default: off."},
    {"use_symlink_paths", 0, [](GlobalDefs& to, Reader& in) {
       if (const auto value = in.boolean(1)) to.use_symlink_paths = *value;
       else in.complain("Invalid value '" + in.text(1) + "' for global use_symlink_path specified");
     }, "[BOOL]", "Scripts run by their path as written; false: by what its links point to. Default: on."},
    {"notify_fifo", 0, &read_fifo<&GlobalDefs::fifo>, "PATH [USER [GROUP]]", "A named pipe that gets all events as lines."},
    {"notify_fifo_script", 1, &read_fifo_script<&GlobalDefs::fifo>, "COMMAND [USER [GROUP]]", "Runs with that pipe's path as its last argument, to read it."},
    {"vrrp_notify_fifo", 0, &read_fifo<&GlobalDefs::vrrp_fifo>, "PATH [USER [GROUP]]", "A named pipe for VRRP's events."},
    {"vrrp_notify_fifo_script", 1, &read_fifo_script<&GlobalDefs::vrrp_fifo>, "COMMAND [USER [GROUP]]", "Reads that pipe."},
    {"lvs_notify_fifo", 0, &read_fifo<&GlobalDefs::lvs_fifo>, "PATH [USER [GROUP]]", "A named pipe for the checkers' events."},
    {"lvs_notify_fifo_script", 1, &read_fifo_script<&GlobalDefs::lvs_fifo>, "COMMAND [USER [GROUP]]", "Reads that pipe."},
    {"vrrp_notify_priority_changes", 0, &read_bool<&GlobalDefs::notify_priority_changes>, "[BOOL]", "Changes of effective priority are events, too. Default: off."},
    {"fifo_write_vrrp_states_on_reload", 0, &set_flag<&GlobalDefs::fifo_states_on_reload>, "", "A reload writes all states to the pipes again."},
    {"startup_script", 1, &read_once<&GlobalDefs::startup_script>, "COMMAND [USER [GROUP]]", "Runs before anything else begins."},
    {"shutdown_script", 1, &read_once<&GlobalDefs::shutdown_script>, "COMMAND [USER [GROUP]]", "Runs after everything has ended."},
    {"startup_script_timeout", 1, &read_script_timeout<&GlobalDefs::startup_timeout>, "SECONDS", "When it is killed, 1 to 1000. Default: 10."},
    {"shutdown_script_timeout", 1, &read_script_timeout<&GlobalDefs::shutdown_timeout>, "SECONDS", "When it is killed, 1 to 1000. Default: 10."},
    {"process_names", 0, &set_flag<&GlobalDefs::process_names>, "", "Processes are named keepalived_vrrp and keepalived_lvs."},
    {"process_name", 1, [](GlobalDefs& to, Reader& in) { to.process_name = read_short_name(in); }, "NAME", "Name of the processes, at most 15 characters."},
    {"vrrp_process_name", 1, &of_process<&GlobalDefs::vrrp, &read_process_name>, "NAME", "Name of vrrpd's process, at most 15 characters."},
    {"checker_process_name", 1, &of_process<&GlobalDefs::checker, &read_process_name>, "NAME", "Name of checkerd's process, at most 15 characters."},
    {"lvs_process_name", 1, &of_process<&GlobalDefs::checker, &read_process_name>, "NAME", "Old name of checker_process_name."},
    {"bfd_process_name", 1, &of_process<&GlobalDefs::bfd, &read_process_name>, "NAME", "Taken; BFD has no process of its own here."},
    {"vrrp_priority", 1, &of_process<&GlobalDefs::vrrp, &read_process_priority>, "NICE", "Nice value of vrrpd, -20 to 19. Default: 0."},
    {"checker_priority", 1, &of_process<&GlobalDefs::checker, &read_process_priority>, "NICE", "Nice value of checkerd, -20 to 19. Default: 0."},
    {"bfd_priority", 1, &of_process<&GlobalDefs::bfd, &read_process_priority>, "NICE", "Taken; BFD has no process of its own here."},
    {"vrrp_rt_priority", 1, &of_process<&GlobalDefs::vrrp, &read_realtime_priority>, "PRIORITY", "vrrpd runs as a real-time process (SCHED_RR), 1 to 99. Default: not."},
    {"checker_rt_priority", 1, &of_process<&GlobalDefs::checker, &read_realtime_priority>, "PRIORITY", "checkerd runs as a real-time process (SCHED_RR), 1 to 99. Default: not."},
    {"bfd_rt_priority", 1, &of_process<&GlobalDefs::bfd, &read_realtime_priority>, "PRIORITY", "Taken; BFD has no process of its own here."},
    {"vrrp_rlimit_rttime", 1, &of_process<&GlobalDefs::vrrp, &read_realtime_limit>, "MICROSECONDS", "How long a real-time vrrpd may run without a pause before the kernel ends it. Default: 10000."},
    {"vrrp_rlimit_rtime", 1, &of_process<&GlobalDefs::vrrp, &read_realtime_limit>, "MICROSECONDS", "Old name of vrrp_rlimit_rttime."},
    {"checker_rlimit_rtime", 1, &of_process<&GlobalDefs::checker, &read_realtime_limit>, "MICROSECONDS", "Old name of checker_rlimit_rttime."},
    {"bfd_rlimit_rtime", 1, &of_process<&GlobalDefs::bfd, &read_realtime_limit>, "MICROSECONDS", "Old name of bfd_rlimit_rttime."},
    {"checker_rlimit_rttime", 1, &of_process<&GlobalDefs::checker, &read_realtime_limit>, "MICROSECONDS", "How long a real-time checkerd may run without a pause before the kernel ends it. Default: 10000."},
    {"bfd_rlimit_rttime", 1, &of_process<&GlobalDefs::bfd, &read_realtime_limit>, "MICROSECONDS", "Taken; BFD has no process of its own here."},
    {"vrrp_no_swap", 0, &of_process<&GlobalDefs::vrrp, &read_no_swap>, "", "vrrpd's memory is not swapped out."},
    {"checker_no_swap", 0, &of_process<&GlobalDefs::checker, &read_no_swap>, "", "checkerd's memory is not swapped out."},
    {"bfd_no_swap", 0, &of_process<&GlobalDefs::bfd, &read_no_swap>, "", "Taken; BFD has no process of its own here."},
    {"vrrp_cpu_affinity", 0, &of_process<&GlobalDefs::vrrp, &read_cpu_affinity>, "CPU...", "Processors that vrrpd may run on, from 0."},
    {"checker_cpu_affinity", 0, &of_process<&GlobalDefs::checker, &read_cpu_affinity>, "CPU...", "Processors that checkerd may run on, from 0."},
    {"bfd_cpu_affinity", 0, &of_process<&GlobalDefs::bfd, &read_cpu_affinity>, "CPU...", "Taken; BFD has no process of its own here."},
    {"max_auto_priority", 0, [](GlobalDefs& to, Reader& in) {
       if (in.size() < 2) return;
       if (const auto value = in.number(1, -1, 99)) to.max_auto_priority = static_cast<int>(*value);
     }, "[PRIORITY]", "Highest real-time priority that late timers may raise a process to, -1 to 99. Default: 0, never."},
    {"min_auto_priority_delay", 1, [](GlobalDefs& to, Reader& in) {
       if (const auto value = in.number(1, 1, 10'000'000)) to.min_auto_priority_delay = Duration{*value};
       else in.complain("min_auto_priority_delay '" + in.text(1) + "' must be in [1, 10000000] - ignoring");
     }, "MICROSECONDS", "How late a timer must be for that, 1 to 10000000. Default: 1000000."},
    {"lvs_timeouts", 0, &read_lvs_timeouts, "[tcp SECONDS] [tcpfin SECONDS] [udp SECONDS]", "How long IPVS keeps idle connections, 0 to 2678400; 0 leaves the kernel's value."},
    {"lvs_flush", 0, &set_flag<&GlobalDefs::lvs_flush>, "", "Empty the IPVS table at the start."},
    {"lvs_flush_on_stop", 0, &read_lvs_flush_on_stop, "[VS]", "Empty the IPVS table at the end; VS: take away only our own virtual servers, in one go."},
    {"lvs_flush_onstop", 0, &read_lvs_flush_on_stop, "[VS]", "Old name of lvs_flush_on_stop."},
    {"lvs_sync_daemon", 0, &read_lvs_sync_daemon, "INTERFACE INSTANCE [id N] [maxlen N] [port N] [ttl N] [group ADDRESS]", "IPVS tells its connections to other directors: as master or backup, as that VRRP instance is. id: 0 to 255, by default the instance's router number."},
    {"lvs_driver", 1, &read_lvs_driver, "ipvs|nftables|auto", "Triad's own: what balances; auto takes nftables where the kernel has no IPVS. Default: auto."},
    {"lvs_netlink_cmd_rcv_bufs", 1, &read_buffer<&GlobalDefs::lvs_netlink_command_buffer>, "BYTES", "Receive buffer of checkerd's netlink commands. Default: the kernel's."},
    {"lvs_netlink_cmd_rcv_bufs_force", 0, &read_bool<&GlobalDefs::lvs_netlink_command_force>, "[BOOL]", "That buffer may be larger than the kernel's limit. Default: off."},
    {"lvs_netlink_monitor_rcv_bufs", 1, &read_buffer<&GlobalDefs::lvs_netlink_monitor_buffer>, "BYTES", "Receive buffer of the kernel's messages to checkerd. Default: the kernel's."},
    {"lvs_netlink_monitor_rcv_bufs_force", 0, &read_bool<&GlobalDefs::lvs_netlink_monitor_force>, "[BOOL]", "That buffer may be larger than the kernel's limit. Default: off."},
    {"snmp_socket", 1, &unknown, "ADDRESS", "Unknown, as to a keepalived without SNMP."},
    {"enable_traps", 0, &unknown, "", "Unknown, as to a keepalived without SNMP."},
    {"enable_snmp_vrrp", 0, &unknown, "", "Unknown, as to a keepalived without SNMP."},
    {"enable_snmp_keepalived", 0, &unknown, "", "Unknown, as to a keepalived without SNMP."},
    {"enable_snmp_checker", 0, &unknown, "", "Unknown, as to a keepalived without SNMP."},
    {"enable_snmp_rfc", 0, &unknown, "", "Unknown, as to a keepalived without SNMP."},
    {"enable_snmp_rfcv2", 0, &unknown, "", "Unknown, as to a keepalived without SNMP."},
    {"enable_snmp_rfcv3", 0, &unknown, "", "Unknown, as to a keepalived without SNMP."},
    {"enable_dbus", 0, &unknown, "", "Unknown, as to a keepalived without D-Bus."},
    {"dbus_service_name", 1, &unknown, "NAME", "Unknown, as to a keepalived without D-Bus."},
    {"dbus_no_interface_name", 1, &unknown, "NAME", "Unknown, as to a keepalived without D-Bus."},
    {"vrrp_rx_bufs_policy", 1, [](GlobalDefs& to, Reader& in) {
       std::string word = in.text(1);
       std::transform(word.begin(), word.end(), word.begin(), [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
       if (word == "MTU" || word == "ADVERT" || in.number(1, 0, kMostCount)) to.receive_buffer_policy = word;
       else in.complain("Invalid vrrp_rx_bufs_policy " + in.text(1));
     }, "MTU|ADVERT|BYTES", "Size of receive buffers of adverts: in packets of an interface's or an advert's size, or in bytes. Default: the kernel's."},
    {"vrrp_rx_bufs_multiplier", 1, [](GlobalDefs& to, Reader& in) {
       if (in.size() > 2) in.complain("Invalid vrrp_rx_bufs_multiplier", 2);
       else if (const auto value = in.number(1, 1, kMostUnsigned)) to.receive_buffer_multiplier = static_cast<unsigned>(*value);
       else in.complain("Invalid vrrp_rx_bufs_multiplier " + in.text(1));
     }, "NUMBER", "How many such packets, from 1. Default: 3."},
    {"vrrp_netlink_cmd_rcv_bufs", 1, &read_buffer<&GlobalDefs::vrrp_netlink_command_buffer>, "BYTES", "Receive buffer of vrrpd's netlink commands. Default: the kernel's."},
    {"vrrp_netlink_cmd_rcv_bufs_force", 0, &read_bool<&GlobalDefs::vrrp_netlink_command_force>, "[BOOL]", "That buffer may be larger than the kernel's limit. Default: off."},
    {"vrrp_netlink_monitor_rcv_bufs", 1, &read_buffer<&GlobalDefs::vrrp_netlink_monitor_buffer>, "BYTES", "Receive buffer of the kernel's messages to vrrpd. Default: the kernel's."},
    {"vrrp_netlink_monitor_rcv_bufs_force", 0, &read_bool<&GlobalDefs::vrrp_netlink_monitor_force>, "[BOOL]", "That buffer may be larger than the kernel's limit. Default: off."},
    {"process_monitor_rcv_bufs", 1, &read_buffer<&GlobalDefs::process_monitor_buffer>, "BYTES", "Receive buffer of the kernel's messages about processes. Default: the kernel's."},
    {"process_monitor_rcv_bufs_force", 0, &read_bool<&GlobalDefs::process_monitor_force>, "[BOOL]", "That buffer may be larger than the kernel's limit. Default: off."},
    {"vrrp_startup_delay", 1, [](GlobalDefs& to, Reader& in) {
       if (const auto value = in.seconds(1, Duration{1000}, 4294 * kSecond)) to.startup_delay = *value;
       else in.complain("vrrp_startup_delay '" + in.text(1) + "' is invalid");
     }, "SECONDS", "VRRP begins so long after the start, 0.001 to 4294. Default: 0."},
    {"vrrp_delay_after_boot", 1, [](GlobalDefs& to, Reader& in) {
       if (const auto value = in.seconds(1, Duration{1000}, 4294 * kSecond)) to.delay_after_boot = *value;
       else in.complain("vrrp_delay_after_boot '" + in.text(1) + "' is invalid");
     }, "SECONDS", "VRRP begins no sooner than so long after the host's start, 0.001 to 4294. Default: 0."},
    {"log_unknown_vrids", 0, &set_flag<&GlobalDefs::log_unknown_vrids>, "", "Log adverts of routers that no instance on the interface has."},
    {"vmac_prefix", 1, &read_text<&GlobalDefs::vmac_prefix>, "TEXT", "What names of VMACs begin with. Default: vrrp."},
    {"vmac_addr_prefix", 1, &read_text<&GlobalDefs::vmac_addr_prefix>, "TEXT", "What names of VMACs for addresses on other interfaces begin with. Default: vmac_prefix."},
    {"umask", 1, [](GlobalDefs& to, Reader& in) {
       char* end = nullptr;
       const std::string text = in.text(1);
       const unsigned long value = std::strtoul(text.c_str(), &end, 8);
       if (in.size() > 2) in.complain("Extra parameter(s) to umask option", 2);
       if (*end != '\0' || value > 0777) return in.complain("invalid umask value " + text);
       to.umask = static_cast<unsigned>(value);
     }, "OCTAL", "Permissions that files of ours do not get; also as names (IWGRP|IRWXO). Default: 0177."},
    {"random_seed", 1, [](GlobalDefs&, Reader& in) { (void)in.number(1, 0, kMostUnsigned); }, "NUMBER", "Read and checked; nothing here is random."},
    {"reload_check_config", 0, [](GlobalDefs& to, Reader& in) {
       to.reload_check_config = true;  // ours always checks first
       to.reload_check_log = in.text(1);
     }, "[FILE]", "Always in force: a reload whose file has mistakes changes nothing. FILE gets what was said."},
    {"reload_time_file", 1, &read_text<&GlobalDefs::reload_time_file>, "PATH", "A file with the time of the next reload."},
    {"reload_repeat", 0, &set_flag<&GlobalDefs::reload_repeat>, "", "Reload at that time every day."},
    {"reload_file", 0, [](GlobalDefs& to, Reader& in) { to.reload_file = in.size() > 1 ? in.text(1) : "/run/keepalived.reload"; }, "[PATH]", "A file that is there while the configuration is read. Default: keepalived.reload beside the pid file."},
    {"include_check", 0, [](GlobalDefs&, Reader&) {}, "[+|-]read|match|wildcard_match|brace_match...", "What is a mistake with an include line that finds nothing. Without words: everything."},
    {"config_save_dir", 1, &read_text<&GlobalDefs::config_save_dir>, "FOLDER", "Keeps a copy of each configuration, with all includes, for whoever looks for a mistake."},
    {"tmp_config_directory", 1, [](GlobalDefs&, Reader&) {}, "FOLDER", "Taken; no copy is shared here."},
    {"data_use_instance", 0, &read_bool<&GlobalDefs::data_use_instance>, "[BOOL]", "Names of dump files contain the instance and namespace. Default: off."},
    {"json_version", 1, [](GlobalDefs& to, Reader& in) {
       if (const auto value = in.number(1, 1, 2)) to.json_version = static_cast<unsigned>(*value);
       else in.complain("Invalid JSON version");
     }, "1|2", "Shape of the JSON dump. Default: 1."},
    {"iproute_usr_dir", 0, &read_name_folder<&NameFolders::usr>, "FOLDER", "Where names of routing tables and their kin are read."},
    {"iproute_etc_dir", 0, &read_name_folder<&NameFolders::etc>, "FOLDER", "The same; goes before iproute_usr_dir."},
    {"state_dump_file", 1, &read_text<&GlobalDefs::state_dump_file>, "PATH", "Where SIGUSR1 writes. Default: /tmp/keepalived.data."},
    {"stats_dump_file", 1, &read_text<&GlobalDefs::stats_dump_file>, "PATH", "Where SIGUSR2 writes. Default: /tmp/keepalived.stats."},
    {"json_dump_file", 1, &read_text<&GlobalDefs::json_dump_file>, "PATH", "Where the JSON dump is written. Default: /tmp/keepalived.json."},
    {"runtime_socket", 1, &read_text<&GlobalDefs::runtime_socket>, "PATH", "Triad's own: vrrpd's runtime socket. Default: /run/triad/vrrpd.sock."},
    {"checker_runtime_socket", 1, &read_text<&GlobalDefs::checker_runtime_socket>, "PATH", "Triad's own: checkerd's runtime socket. Default: /run/triad/checkerd.sock."},
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
     }, "SECONDS", "Between two ARPs on any of the members, six decimals. Default: 0."},
    {"gna_interval", 1, [](GarpGroup& to, Reader& in) {
       if (const auto value = in.seconds(1, Duration{0}, Duration{4294967295})) to.gna_interval = *value;
       else in.complain("garp_group gna_interval '" + in.text(1) + "' invalid");
     }, "SECONDS", "Between two neighbour advertisements on any of the members, six decimals. Default: 0."},
    {"interface", 1, [](GarpGroup& to, Reader& in) { add_member(to, in, 1); }, "INTERFACE", "One member."},
    {"interfaces", 0, [](GarpGroup& to, Reader& in) {
       for (const Statement& line : in.statement().body) {
         Reader member{line, in.context()};
         for (std::size_t i = 0; i < member.size(); ++i) add_member(to, member, i);
       }
     }, "{ INTERFACE... }", "The members.", Form::Block},
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

void list_global_keywords(KeywordList& list) {
  for (const Keyword<GlobalDefs>& row : kGlobalKeywords)
    list.push_back({"global_defs", row.name, row.usage, row.meaning, row.form == Form::Block, row.parse == &unknown});
  list_rows(list, "garp_group", kGarpGroupKeywords);
}

}  // namespace parsers::keepalived
