#include "vrrpd/report/dumps.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <iterator>

namespace vrrpd::report {

using parsers::keepalived::AuthType;
using parsers::keepalived::Command;
using parsers::keepalived::GarpTimes;
using parsers::keepalived::IpAddress;
using parsers::keepalived::VrrpInstance;

namespace {

using Out = std::back_insert_iterator<std::string>;

std::string seconds_text(lib::base::Duration span) { return std::to_string(span.count() / 1'000'000); }

/// "1795215271.385293"
std::string epoch_text(lib::base::WallTime moment) {
  const std::int64_t micros = moment.time_since_epoch().count();
  return fmt::format("{}.{:06}", micros / 1'000'000, micros % 1'000'000);
}

std::string date_text(lib::base::WallTime moment) {
  const std::time_t seconds = std::chrono::system_clock::to_time_t(moment);
  std::tm local{};
  ::localtime_r(&seconds, &local);
  char begin[32], year[8];
  std::strftime(begin, sizeof begin, "%a %b %d %H:%M:%S", &local);
  std::strftime(year, sizeof year, "%Y", &local);
  return fmt::format("{}.{:06} {}", begin, moment.time_since_epoch().count() % 1'000'000, year);
}

/// "10.9.0.100/24 dev eth0 scope global label eth0:0 set"
std::string address_text(const IpAddress& address, const std::string& own_interface, bool is_set) {
  std::string out = address.address.host();
  const unsigned whole = address.address.is_ipv6() ? 128 : 32;
  if (address.prefix_length != whole) out += fmt::format("/{}", address.prefix_length);
  out += " dev " + (address.interface.empty() ? own_interface : address.interface);
  if (address.address.is_ipv4()) out += address.scope == 253 ? " scope link" : address.scope == 254 ? " scope host" : " scope global";
  if (!address.label.empty()) out += " label " + address.label;
  if (address.no_prefix_route) out += " noprefixroute";
  if (!address.tracked) out += " no_track";
  if (is_set) out += " set";
  return out;
}

std::string quoted_command(const Command& command) {
  std::string out;
  for (const std::string& word : command.argv) out += (out.empty() ? "'" : " '") + word + '\'';
  return out;
}

const char* on_off(bool value, const char* on, const char* off) { return value ? on : off; }

// ---- .data

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
  fmt::format_to(out, "   Notify priority changes = {}\n", notify.priority_changes);
}

void write_instance(Out out, const VrrpInstance& conf, const InstanceSnapshot& now) {
  const std::string& interface = now.vmac_interface.empty() ? conf.interface : now.vmac_interface;
  fmt::format_to(out, " VRRP Instance = {}\n   VRRP Version = {}\n   State = {}\n", conf.name, conf.version, state_name(now.status.state));
  fmt::format_to(out, "   Wantstate = {}\n   Number of tracker faults = {}\n", state_name(now.status.wanted), now.status.faults);
  fmt::format_to(out, "   Last transition = {} ({})\n", epoch_text(now.last_transition), date_text(now.last_transition));
  fmt::format_to(out, "   Master down timer = {} usecs\n   Interface = {}\n   Using src_ip = {}\n", now.status.master_down.count(), interface, now.source);
  if (conf.unicast_peers.empty()) {
    fmt::format_to(out, "   Multicast address {}\n", conf.multicast_group.host());
  } else {
    fmt::format_to(out, "   Unicast Peer :\n");
    for (const auto& peer : conf.unicast_peers) fmt::format_to(out, "     {}\n", peer.address.host());
  }
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
  const auto list = [&](const char* title, const std::vector<IpAddress>& addresses) {
    if (addresses.empty()) return;
    fmt::format_to(out, "   {} ({}):\n", title, addresses.size());
    for (const IpAddress& address : addresses) fmt::format_to(out, "     {}\n", address_text(address, interface, now.holds_addresses));
  };
  list("Virtual IP", conf.addresses);
  list("Virtual IP Excluded", conf.excluded);
  if (!conf.routes.empty()) fmt::format_to(out, "   Virtual Routes :\n");
  for (const auto& route : conf.routes) fmt::format_to(out, "     {}\n", route.text);
  if (!conf.rules.empty()) fmt::format_to(out, "   Virtual Rules :\n");
  for (const auto& rule : conf.rules) fmt::format_to(out, "     {}\n", rule.text);
  write_notify(out, conf.notify);
}

void write_script(Out out, const parsers::keepalived::VrrpScript& conf, const ScriptSnapshot& now) {
  fmt::format_to(out, " VRRP Script = {}\n   Command = {}\n   Interval = {} sec\n   Timeout = {} sec\n   Weight = {}{}\n", conf.name,
                 quoted_command(conf.command), seconds_text(conf.interval), seconds_text(conf.timeout), conf.weight.value, conf.weight.reverse ? " reverse" : "");
  fmt::format_to(out, "   Rise = {}\n   Fall = {}\n   Result = {}\n   Insecure = {}\n", conf.rise, conf.fall, now.counter, on_off(conf.command.is_insecure, "yes", "no"));
  fmt::format_to(out, "   Init state = {}\n   Status = {}\n", on_off(conf.init_fail, "failed", "unknown"), now.is_pending ? "INIT" : on_off(now.is_up, "GOOD", "BAD"));
  fmt::format_to(out, "   Script uid:gid = {}:{}\n   State = {}\n", conf.command.uid, conf.command.gid, on_off(now.is_running, "running", "idle"));
}

// ---- .json: written by hand, because the original's order and its escaped slashes are part of its shape

std::string json_string(std::string_view text) {
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\' || c == '/') out += '\\';
    if (static_cast<unsigned char>(c) < 0x20) out += fmt::format("\\u{:04x}", static_cast<unsigned char>(c));
    else out += c;
  }
  return out + '"';
}

std::string json_list(const std::vector<std::string>& texts) {
  std::string out = "[";
  for (const std::string& text : texts) out += (out.size() > 1 ? "," : "") + json_string(text);
  return out + ']';
}

void write_json_data(Out out, const parsers::keepalived::KeepalivedConfig& config, const VrrpInstance& conf, const InstanceSnapshot& now) {
  const auto flag = [](bool value) { return value ? 1 : 0; };
  fmt::format_to(out, "{{\"iname\":{},\"dont_track_primary\":{},\"skip_check_adv_addr\":{},\"strict_mode\":{},\"vmac_ifname\":{}", json_string(conf.name),
                 flag(!conf.track_primary), flag(conf.skip_check_adv_addr), flag(conf.strict), json_string(now.vmac_interface));
  if (!conf.interface.empty()) fmt::format_to(out, ",\"ifp_ifname\":{}", json_string(conf.interface));
  fmt::format_to(out, ",\"master_priority\":0,\"last_transition\":{},\"garp_delay\":{},\"garp_refresh\":{},\"garp_rep\":{},\"garp_refresh_rep\":{}", epoch_text(now.last_transition),
                 seconds_text(conf.garp.master_delay), seconds_text(conf.garp.master_refresh), conf.garp.master_repeat, conf.garp.master_refresh_repeat);
  fmt::format_to(out, ",\"garp_lower_prio_delay\":{},\"garp_lower_prio_rep\":{},\"lower_prio_no_advert\":{},\"higher_prio_send_advert\":{}", seconds_text(conf.garp.lower_prio_delay),
                 conf.garp.lower_prio_repeat, flag(conf.lower_prio_no_advert), flag(conf.higher_prio_send_advert));
  fmt::format_to(out, ",\"vrid\":{},\"base_priority\":{},\"effective_priority\":{},\"vipset\":{},\"promote_secondaries\":{}", conf.vrid, now.status.base_priority,
                 now.status.effective_priority, now.holds_addresses, conf.promote_secondaries);
  fmt::format_to(out, ",\"adver_int\":{:g},\"master_adver_int\":{:g},\"accept\":{},\"nopreempt\":{},\"preempt_delay\":{}", static_cast<double>(conf.advert_interval.count()) / 1e6,
                 static_cast<double>(now.status.master_interval.count()) / 1e6, flag(conf.accept), !conf.preempt, seconds_text(conf.preempt_delay));
  fmt::format_to(out, ",\"state\":{},\"wantstate\":{},\"version\":{},\"smtp_alert\":{},\"notify_deleted\":{}", static_cast<int>(now.status.state), static_cast<int>(now.status.wanted),
                 conf.version, conf.notify.smtp_alert, conf.notify.notify_deleted);
  const auto script = [&](const char* name, const std::optional<Command>& command) {
    if (command) fmt::format_to(out, ",\"{}\":{}", name, json_string(quoted_command(*command)));
  };
  script("script_backup", conf.notify.backup);
  script("script_master", conf.notify.master);
  script("script_fault", conf.notify.fault);
  script("script_stop", conf.notify.stop);
  script("script_deleted", conf.notify.deleted);
  script("script", conf.notify.generic);
  script("script_master_rx_lower_pri", conf.notify.master_rx_lower_pri);
  const std::string& interface = now.vmac_interface.empty() ? conf.interface : now.vmac_interface;
  const auto list = [&](const char* name, const std::vector<std::string>& texts) {
    if (!texts.empty()) fmt::format_to(out, ",\"{}\":{}", name, json_list(texts));
  };
  const auto addresses = [&](const std::vector<IpAddress>& all) {
    std::vector<std::string> texts;
    for (const IpAddress& each : all) texts.push_back(address_text(each, interface, now.holds_addresses));
    return texts;
  };
  list("vips", addresses(conf.addresses));
  list("evips", addresses(conf.excluded));
  std::vector<std::string> texts;
  for (const auto& route : conf.routes) texts.push_back(route.text);
  list("vroutes", texts);
  texts.clear();
  for (const auto& rule : conf.rules) texts.push_back(rule.text);
  list("vrules", texts);
  texts.clear();
  for (const auto& track : conf.track_interfaces) texts.push_back(track.interface);
  list("track_ifp", texts);
  texts.clear();
  for (const auto& track : conf.track_scripts) texts.push_back(quoted_command(config.scripts[track.index].command));
  list("track_script", texts);
  texts.clear();
  for (const auto& track : conf.track_processes) texts.push_back(config.track_processes[track.index].name);
  list("track_process", texts);
  fmt::format_to(out, ",\"auth_type\":{}", static_cast<int>(conf.auth_type));
  if (conf.auth_type != AuthType::None) fmt::format_to(out, ",\"auth_data\":\"********\"");
  fmt::format_to(out, "}}");
}

void write_json_stats(Out out, const InstanceCounters& counts) {
  fmt::format_to(out, "{{\"advert_rcvd\":{},\"advert_sent\":{},\"become_master\":{},\"release_master\":{},\"packet_len_err\":{},\"advert_interval_err\":{}", counts.received, counts.sent,
                 counts.became_master, counts.released_master, counts.length_errors, counts.interval_errors);
  fmt::format_to(out, ",\"ip_ttl_err\":{},\"invalid_type_rcvd\":{},\"addr_list_err\":{},\"invalid_authtype\":{},\"authtype_mismatch\":{},\"auth_failure\":{}", counts.ttl_errors,
                 counts.type_errors, counts.address_list_errors, counts.invalid_auth_type, counts.auth_mismatch, counts.auth_failures);
  fmt::format_to(out, ",\"auth_ext_missing\":{},\"auth_ext_malformed\":{},\"auth_ext_unknown_key\":{},\"auth_ext_invalid_hmac\":{},\"auth_ext_stale\":{},\"auth_ext_replay\":{}",
                 counts.trailer_missing, counts.trailer_malformed, counts.trailer_unknown_key, counts.trailer_invalid, counts.trailer_stale, counts.trailer_replay);
  fmt::format_to(out, ",\"auth_ext_missing\":0,\"auth_ext_malformed\":0,\"auth_ext_unknown_key\":0,\"auth_ext_invalid_hmac\":0,\"auth_ext_stale\":0,\"auth_ext_replay\":0");
  fmt::format_to(out, ",\"pri_zero_rcvd\":{},\"pri_zero_sent\":{}}}", counts.priority_zero_received, counts.priority_zero_sent);
}

}  // namespace

std::string stats_text(const Snapshot& snapshot) {
  std::string text;
  const Out out{text};
  for (std::size_t i = 0; i < snapshot.instances.size(); ++i) {
    const InstanceCounters& counts = snapshot.instances[i].counters;
    fmt::format_to(out, "VRRP Instance: {}\n  Advertisements:\n    Received: {}\n    Sent: {}\n  Became master: {}\n  Released master: {}\n", snapshot.config->instances[i].name,
                   counts.received, counts.sent, counts.became_master, counts.released_master);
    fmt::format_to(out, "  Packet Errors:\n    Length: {}\n    TTL: {}\n    Invalid Type: {}\n    Advertisement Interval: {}\n    Address List: {}\n", counts.length_errors, counts.ttl_errors,
                   counts.type_errors, counts.interval_errors, counts.address_list_errors);
    fmt::format_to(out, "  Authentication Errors:\n    Invalid Type: {}\n    Type Mismatch: {}\n    Failure: {}\n", counts.invalid_auth_type, counts.auth_mismatch, counts.auth_failures);
    fmt::format_to(out, "  Authentication Extension Errors:\n    Missing: {}\n    Malformed: {}\n    Unknown Key: {}\n    Invalid HMAC: {}\n    Stale: {}\n    Replay: {}\n",
                   counts.trailer_missing, counts.trailer_malformed, counts.trailer_unknown_key, counts.trailer_invalid, counts.trailer_stale, counts.trailer_replay);
    fmt::format_to(out, "  Priority Zero:\n    Received: {}\n    Sent: {}\n", counts.priority_zero_received, counts.priority_zero_sent);
  }
  return text;
}

std::string data_text(const Snapshot& snapshot) {
  std::string text;
  const Out out{text};
  const auto& config = *snapshot.config;
  fmt::format_to(out, "------< Global definitions >------\n Network namespace = {}\n Router ID = {}\n", config.net_namespace.empty() ? "(default)" : config.net_namespace, config.global.router_id);
  if (config.global.smtp_server) fmt::format_to(out, " Smtp server = {}\n", config.global.smtp_server->host());
  fmt::format_to(out, " Default interface = {}\n Script security {}\n", config.global.default_interface, on_off(config.global.script_security, "enabled", "disabled"));
  fmt::format_to(out, "------< VRRP Topology >------\n");
  for (std::size_t i = 0; i < snapshot.instances.size(); ++i) write_instance(out, config.instances[i], snapshot.instances[i]);
  if (!config.groups.empty()) fmt::format_to(out, "------< VRRP Sync groups >------\n");
  for (std::size_t i = 0; i < config.groups.size(); ++i) {
    fmt::format_to(out, " VRRP Sync Group = {}, {}\n", config.groups[i].name, state_name(snapshot.groups[i]));
    for (const std::size_t member : config.groups[i].members) fmt::format_to(out, "     {}\n", config.instances[member].name);
  }
  if (!config.scripts.empty()) fmt::format_to(out, "------< VRRP Scripts >------\n");
  for (std::size_t i = 0; i < config.scripts.size(); ++i) write_script(out, config.scripts[i], snapshot.scripts[i]);
  return text;
}

std::string instance_text(const Snapshot& snapshot, std::size_t index) {
  std::string text;
  write_instance(Out{text}, snapshot.config->instances[index], snapshot.instances[index]);
  return text;
}

std::string json_text(const Snapshot& snapshot) {
  std::string text = snapshot.config->global.json_version == 2 ? "{\"vrrp\":[" : "[";
  const Out out{text};
  for (std::size_t i = 0; i < snapshot.instances.size(); ++i) {
    text += i == 0 ? "{\"data\":" : ",{\"data\":";
    write_json_data(out, *snapshot.config, snapshot.config->instances[i], snapshot.instances[i]);
    text += ",\"stats\":";
    write_json_stats(out, snapshot.instances[i].counters);
    text += '}';
  }
  text += ']';
  if (snapshot.config->global.json_version == 2) text += '}';
  return text + '\n';
}

}  // namespace vrrpd::report
