#include "keepalived/plan/globals_plan.h"

#include <fmt/format.h>

#include <array>

#include "keepalived/plan/named.h"

namespace keepalived::plan {

using lib::plan::Change;
using lib::plan::Comparison;
using lib::plan::Plan;
using parsers::keepalived::GarpGroup;
using parsers::keepalived::GlobalDefs;
using parsers::keepalived::KeepalivedConfig;
using parsers::keepalived::LinkbeatInterface;
using parsers::keepalived::LvsSyncDaemon;
using parsers::keepalived::NotifyFifo;
using parsers::keepalived::ProcessTuning;
using parsers::keepalived::UpDownDelay;

namespace {

using Texts = std::vector<std::string>;

constexpr unsigned kVrrp = static_cast<unsigned>(Part::Vrrp), kCheckers = static_cast<unsigned>(Part::Checkers), kBoth = kVrrp | kCheckers;

/// One keyword: who looks at it, and when what is new in it counts.
struct Row {
  const char* keyword;
  unsigned parts;
  Change change;
  void (*compare)(const GlobalDefs& a, const GlobalDefs& b, const char* keyword, Comparison& of);
};

template <auto GlobalDefs::* Field>
void field(const GlobalDefs& a, const GlobalDefs& b, const char* keyword, Comparison& of) {
  of.value(keyword, a.*Field, b.*Field);
}

template <std::vector<std::string> GlobalDefs::* Field>
void list(const GlobalDefs& a, const GlobalDefs& b, const char* keyword, Comparison& of) {
  of.list(keyword, a.*Field, b.*Field);
}

template <std::optional<parsers::keepalived::Command> GlobalDefs::* Field>
void script(const GlobalDefs& a, const GlobalDefs& b, const char* keyword, Comparison& of) {
  command(of, keyword, a.*Field, b.*Field);
}

template <NotifyFifo GlobalDefs::* Field>
void fifo(const GlobalDefs& before, const GlobalDefs& after, const char* keyword, Comparison& of) {
  const NotifyFifo &a = before.*Field, &b = after.*Field;
  const auto text = [](const NotifyFifo& one) { return one.path.empty() ? "none" : fmt::format("{} {}:{}", one.path, one.uid, one.gid); };
  of.value(keyword, text(a), text(b));
  command(of, std::string{keyword} + "_script", a.script, b.script);
}

void smtp_server(const GlobalDefs& a, const GlobalDefs& b, const char* keyword, Comparison& of) {
  const auto text = [](const GlobalDefs& one) { return one.smtp_server ? one.smtp_server->text() : std::string{}; };
  of.value(keyword, text(a), text(b));
}

template <std::optional<unsigned> GlobalDefs::* Field>
void octal(const GlobalDefs& a, const GlobalDefs& b, const char* keyword, Comparison& of) {
  const auto text = [](const std::optional<unsigned>& value) { return value ? fmt::format("{:04o}", *value) : std::string{}; };
  of.value(keyword, text(a.*Field), text(b.*Field));
}

void sync_daemon(const GlobalDefs& a, const GlobalDefs& b, const char* keyword, Comparison& of) {
  const auto text = [](const std::optional<LvsSyncDaemon>& one) {
    if (!one) return std::string{};
    std::string out = one->interface + ' ' + one->instance;
    if (one->id) out += fmt::format(" id {}", *one->id);
    if (one->max_length != 0) out += fmt::format(" maxlen {}", one->max_length);
    if (one->port != 0) out += fmt::format(" port {}", one->port);
    if (one->ttl != 0) out += fmt::format(" ttl {}", one->ttl);
    if (one->group) out += " group " + one->group->host();
    return out;
  };
  of.value(keyword, text(a.lvs_sync_daemon), text(b.lvs_sync_daemon));
}

void flush_on_stop(const GlobalDefs& a, const GlobalDefs& b, const char* keyword, Comparison& of) {
  constexpr const char* kWords[] = {"no", "yes", "VS"};
  const auto text = [&](const GlobalDefs& one) { return std::string{kWords[static_cast<std::size_t>(one.lvs_flush_on_stop)]}; };
  of.value(keyword, text(a), text(b));
}

void driver(const GlobalDefs& a, const GlobalDefs& b, const char* keyword, Comparison& of) {
  constexpr const char* kWords[] = {"auto", "ipvs", "nftables"};
  const auto text = [&](const GlobalDefs& one) { return std::string{kWords[static_cast<std::size_t>(one.lvs_driver)]}; };
  of.value(keyword, text(a), text(b));
}

void lvs_timeouts(const GlobalDefs& a, const GlobalDefs& b, const char* keyword, Comparison& of) {
  const auto text = [](const GlobalDefs& one) {
    std::string out;
    for (const auto& [word, value] : {std::pair{"tcp", one.lvs_tcp_timeout_s}, {"tcpfin", one.lvs_tcpfin_timeout_s}, {"udp", one.lvs_udp_timeout_s}})
      if (value) out += fmt::format("{}{} {}", out.empty() ? "" : " ", word, *value);
    return out;
  };
  of.value(keyword, text(a), text(b));
}

template <ProcessTuning GlobalDefs::* Field>
void tuning(const GlobalDefs& before, const GlobalDefs& after, const char* keyword, Comparison& of) {
  const ProcessTuning &a = before.*Field, &b = after.*Field;
  const auto name = [&](const char* of_it) { return std::string{keyword} + of_it; };
  const auto cpus = [](const ProcessTuning& one) { return fmt::format("{}", fmt::join(one.cpus, " ")); };
  of.value(name("_priority"), a.nice, b.nice);
  of.value(name("_rt_priority"), a.realtime_priority, b.realtime_priority);
  of.value(name("_rlimit_rttime"), a.realtime_limit_us, b.realtime_limit_us);
  of.value(name("_no_swap"), a.no_swap, b.no_swap);
  of.value(name("_cpu_affinity"), cpus(a), cpus(b));
}

template <ProcessTuning GlobalDefs::* Field>
void process_name(const GlobalDefs& a, const GlobalDefs& b, const char* keyword, Comparison& of) {
  of.value(keyword, (a.*Field).process_name, (b.*Field).process_name);
}

constexpr auto kRows = std::to_array<Row>({
    {"router_id", kBoth, Change::Changed, &field<&GlobalDefs::router_id>},
    {"notification_email", kBoth, Change::Changed, &list<&GlobalDefs::notification_email>},
    {"notification_email_from", kBoth, Change::Changed, &field<&GlobalDefs::notification_email_from>},
    {"smtp_server", kBoth, Change::Changed, &smtp_server},
    {"smtp_helo_name", kBoth, Change::Changed, &field<&GlobalDefs::smtp_helo_name>},
    {"smtp_connect_timeout", kBoth, Change::Changed, &field<&GlobalDefs::smtp_connect_timeout>},
    {"no_email_faults", kVrrp, Change::Changed, &field<&GlobalDefs::no_email_faults>},
    {"no_checker_emails", kCheckers, Change::Changed, &field<&GlobalDefs::no_checker_emails>},
    {"rs_init_notifies", kCheckers, Change::Changed, &field<&GlobalDefs::rs_init_notifies>},
    {"checker_log_all_failures", kCheckers, Change::Changed, &field<&GlobalDefs::checker_log_all_failures>},
    {"notify_fifo", kBoth, Change::Changed, &fifo<&GlobalDefs::fifo>},
    {"vrrp_notify_fifo", kVrrp, Change::Changed, &fifo<&GlobalDefs::vrrp_fifo>},
    {"lvs_notify_fifo", kCheckers, Change::Changed, &fifo<&GlobalDefs::lvs_fifo>},
    {"fifo_write_vrrp_states_on_reload", kVrrp, Change::Changed, &field<&GlobalDefs::fifo_states_on_reload>},
    {"vrrp_allow_interface_changes", kVrrp, Change::Changed, &field<&GlobalDefs::allow_interface_changes>},
    {"vrrp_garp_interval", kVrrp, Change::Changed, &field<&GlobalDefs::garp_interval>},
    {"vrrp_gna_interval", kVrrp, Change::Changed, &field<&GlobalDefs::gna_interval>},
    {"max_auto_priority", kVrrp, Change::Changed, &field<&GlobalDefs::max_auto_priority>},
    {"min_auto_priority_delay", kVrrp, Change::Changed, &field<&GlobalDefs::min_auto_priority_delay>},
    {"log_unknown_vrids", kVrrp, Change::Changed, &field<&GlobalDefs::log_unknown_vrids>},
    {"lvs_sync_daemon", kCheckers, Change::Changed, &sync_daemon},
    {"lvs_flush_on_stop", kCheckers, Change::Changed, &flush_on_stop},
    {"no_shared_checks", kCheckers, Change::Changed, &field<&GlobalDefs::no_shared_checks>},
    {"vrrp", kVrrp, Change::Changed, &tuning<&GlobalDefs::vrrp>},
    {"checker", kCheckers, Change::Changed, &tuning<&GlobalDefs::checker>},
    {"shutdown_script", kBoth, Change::Changed, &script<&GlobalDefs::shutdown_script>},
    {"shutdown_script_timeout", kBoth, Change::Changed, &field<&GlobalDefs::shutdown_timeout>},
    {"reload_time_file", kBoth, Change::Changed, &field<&GlobalDefs::reload_time_file>},
    {"reload_repeat", kBoth, Change::Changed, &field<&GlobalDefs::reload_repeat>},
    {"reload_file", kBoth, Change::Changed, &field<&GlobalDefs::reload_file>},
    {"config_save_dir", kBoth, Change::Changed, &field<&GlobalDefs::config_save_dir>},
    {"data_use_instance", kBoth, Change::Changed, &field<&GlobalDefs::data_use_instance>},
    {"json_version", kVrrp, Change::Changed, &field<&GlobalDefs::json_version>},
    {"state_dump_file", kBoth, Change::Changed, &field<&GlobalDefs::state_dump_file>},
    {"stats_dump_file", kBoth, Change::Changed, &field<&GlobalDefs::stats_dump_file>},
    {"json_dump_file", kBoth, Change::Changed, &field<&GlobalDefs::json_dump_file>},

    {"startup_script", kBoth, Change::AtNextStart, &script<&GlobalDefs::startup_script>},
    {"startup_script_timeout", kBoth, Change::AtNextStart, &field<&GlobalDefs::startup_timeout>},
    {"process_names", kBoth, Change::AtNextStart, &field<&GlobalDefs::process_names>},
    {"process_name", kBoth, Change::AtNextStart, &field<&GlobalDefs::process_name>},
    {"vrrp_process_name", kVrrp, Change::AtNextStart, &process_name<&GlobalDefs::vrrp>},
    {"checker_process_name", kCheckers, Change::AtNextStart, &process_name<&GlobalDefs::checker>},
    {"umask", kBoth, Change::AtNextStart, &octal<&GlobalDefs::umask>},
    {"runtime_socket", kVrrp, Change::AtNextStart, &field<&GlobalDefs::runtime_socket>},
    {"checker_runtime_socket", kCheckers, Change::AtNextStart, &field<&GlobalDefs::checker_runtime_socket>},
    {"vrrp_startup_delay", kVrrp, Change::AtNextStart, &field<&GlobalDefs::startup_delay>},
    {"vrrp_delay_after_boot", kVrrp, Change::AtNextStart, &field<&GlobalDefs::delay_after_boot>},
    {"vrrp_rx_bufs_policy", kVrrp, Change::AtNextStart, &field<&GlobalDefs::receive_buffer_policy>},
    {"vrrp_rx_bufs_multiplier", kVrrp, Change::AtNextStart, &field<&GlobalDefs::receive_buffer_multiplier>},
    {"vrrp_netlink_cmd_rcv_bufs", kVrrp, Change::AtNextStart, &field<&GlobalDefs::vrrp_netlink_command_buffer>},
    {"vrrp_netlink_cmd_rcv_bufs_force", kVrrp, Change::AtNextStart, &field<&GlobalDefs::vrrp_netlink_command_force>},
    {"vrrp_netlink_monitor_rcv_bufs", kVrrp, Change::AtNextStart, &field<&GlobalDefs::vrrp_netlink_monitor_buffer>},
    {"vrrp_netlink_monitor_rcv_bufs_force", kVrrp, Change::AtNextStart, &field<&GlobalDefs::vrrp_netlink_monitor_force>},
    {"process_monitor_rcv_bufs", kVrrp, Change::Changed, &field<&GlobalDefs::process_monitor_buffer>},
    {"process_monitor_rcv_bufs_force", kVrrp, Change::Changed, &field<&GlobalDefs::process_monitor_force>},
    {"vmac_prefix", kVrrp, Change::AtNextStart, &field<&GlobalDefs::vmac_prefix>},
    {"vmac_addr_prefix", kVrrp, Change::AtNextStart, &field<&GlobalDefs::vmac_addr_prefix>},
    {"nftables_priority", kVrrp, Change::AtNextStart, &field<&GlobalDefs::nftables_priority>},
    {"nftables_counters", kVrrp, Change::AtNextStart, &field<&GlobalDefs::nftables_counters>},
    {"nftables_ifindex", kVrrp, Change::AtNextStart, &field<&GlobalDefs::nftables_ifindex>},
    {"lvs_timeouts", kCheckers, Change::AtNextStart, &lvs_timeouts},
    {"lvs_flush", kCheckers, Change::AtNextStart, &field<&GlobalDefs::lvs_flush>},

    {"nftables", kVrrp, Change::Refused, &field<&GlobalDefs::nftables_table>},
    {"disable_local_igmp", kVrrp, Change::Refused, &field<&GlobalDefs::disable_local_igmp>},
    {"lvs_driver", kCheckers, Change::Refused, &driver},
});

/// Lines of their own at the top of the file.
void compare_top(const KeepalivedConfig& a, const KeepalivedConfig& b, Plan& out) {
  const auto text = [](const std::string& value) { return value.empty() ? "none" : value; };
  const auto put = [&](const char* keyword, Change change, std::string before, std::string after) {
    if (before != after) out.put({.change = change, .thing = "file", .keyword = keyword, .before = std::move(before), .after = std::move(after)});
  };
  put("net_namespace", Change::Refused, text(a.net_namespace), text(b.net_namespace));
  const auto ipvs = [](const KeepalivedConfig& one) { return !one.net_namespace_ipvs ? "none" : one.net_namespace_ipvs->empty() ? "of the start" : *one.net_namespace_ipvs; };
  put("net_namespace_ipvs", Change::Refused, ipvs(a), ipvs(b));
  put("instance", Change::Refused, text(a.instance_name), text(b.instance_name));
  put("use_pid_dir", Change::AtNextStart, lib::plan::shown(a.use_pid_dir), lib::plan::shown(b.use_pid_dir));
  put("child_wait_time", Change::Changed, lib::plan::shown(a.child_wait), lib::plan::shown(b.child_wait));
}

/// How the links are watched, and the pace of gratuitous ARPs.
void compare_interfaces(const KeepalivedConfig& a, const KeepalivedConfig& b, Plan& out) {
  Comparison of{out, "file"};
  of.value("linkbeat_use_polling", a.linkbeat_polling, b.linkbeat_polling);
  const auto polled = [](const std::vector<LinkbeatInterface>& all) {
    constexpr const char* kHow[] = {"", " MII", " ETHTOOL", " IOCTL"};
    Texts texts;
    for (const LinkbeatInterface& one : all) texts.push_back(one.interface + kHow[static_cast<std::size_t>(one.how)]);
    return texts;
  };
  of.list("linkbeat_interfaces", polled(a.linkbeat_interfaces), polled(b.linkbeat_interfaces));
  const auto delays = [](const std::vector<UpDownDelay>& all) {
    Texts texts;
    for (const UpDownDelay& one : all) texts.push_back(fmt::format("{} down {} up {}", one.interface, lib::plan::shown(one.down), lib::plan::shown(one.up)));
    return texts;
  };
  of.list("interface_up_down_delays", delays(a.up_down_delays), delays(b.up_down_delays));
  const auto paces = [](const std::vector<GarpGroup>& all) {
    Texts texts;
    for (const GarpGroup& one : all) texts.push_back(fmt::format("{} garp {} gna {}", fmt::join(one.interfaces, " "), lib::plan::shown(one.garp_interval), lib::plan::shown(one.gna_interval)));
    return texts;
  };
  of.list("garp_group", paces(a.garp_groups), paces(b.garp_groups));
}

}  // namespace

void compare_globals(Part part, const KeepalivedConfig& before, const KeepalivedConfig& after, Plan& out) {
  compare_top(before, after, out);
  for (const Row& row : kRows) {
    if ((row.parts & static_cast<unsigned>(part)) == 0) continue;
    Comparison of{out, "global_defs", row.change};
    row.compare(before.global, after.global, row.keyword, of);
  }
  if (part == Part::Vrrp) compare_interfaces(before, after, out);
}

std::string refusal(const Plan& plan) {
  std::string out;
  for (const auto& each : plan.entries())
    if (each.change == Change::Refused) out += fmt::format("{}Cannot change {} at a reload - please restart keepalived", out.empty() ? "" : "; ", each.keyword);
  return out;
}

}  // namespace keepalived::plan
