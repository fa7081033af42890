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

#include "vrrpd/report/holding_text.h"

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
  if (!conf.interface.empty()) fmt::format_to(out, ",\"ifp_ifname\":{}", json_string(now.vmac_interface.empty() ? conf.interface : now.vmac_interface));
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
  const std::string interface = carrier_text(conf, now);
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
  for (const auto& route : conf.routes) texts.push_back(route_text(route));
  list("vroutes", texts);
  texts.clear();
  for (const auto& rule : conf.rules) texts.push_back(rule_text(rule));
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
  fmt::format_to(out, ",\"pri_zero_rcvd\":{},\"pri_zero_sent\":{}}}", counts.priority_zero_received, counts.priority_zero_sent);
}

void write_json_process(Out out, const parsers::keepalived::TrackProcess& conf, const ProcessSnapshot& now) {
  std::string parameters;
  for (const std::string& word : conf.parameters) parameters += (parameters.empty() ? "" : " ") + word;
  fmt::format_to(out, "{{\"process\":{},\"parameters\":{},\"param_match\":{},\"min_processes\":{},\"max_processes\":{}", json_string(conf.path), json_string(parameters),
                 static_cast<int>(conf.match), conf.quorum, conf.quorum_max);
  fmt::format_to(out, ",\"current_processes\":{},\"have_quorum\":{},\"weight\":{},\"terminate_delay\":{:g},\"fork_delay\":{:g}", now.count, now.has_quorum, conf.weight.value,
                 static_cast<double>(conf.terminate_delay.count()) / 1e6, static_cast<double>(conf.fork_delay.count()) / 1e6);
  fmt::format_to(out, ",\"fork_delay_timer_running\":{},\"terminate_delay_timer_running\":{},\"full_command\":{}}}", now.waits && !now.has_quorum, now.waits && now.has_quorum,
                 conf.full_command || !conf.parameters.empty());
}

}  // namespace

std::string carrier_text(const VrrpInstance& conf, const InstanceSnapshot& now) {
  return now.vmac_interface.empty() ? conf.interface : now.vmac_interface + '@' + conf.interface;
}

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
  if (snapshot.config->global.json_version == 2) {
    text += ",\"track_process\":[";
    for (std::size_t i = 0; i < snapshot.processes.size(); ++i) {
      if (i != 0) text += ',';
      write_json_process(out, snapshot.config->track_processes[i], snapshot.processes[i]);
    }
    text += "]}";
  }
  return text + '\n';
}

}  // namespace vrrpd::report
