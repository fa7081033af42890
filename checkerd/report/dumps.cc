#include "checkerd/report/dumps.h"

#include <fmt/format.h>
#include <sys/socket.h>

#include <algorithm>
#include <ctime>
#include <iterator>

namespace checkerd::report {
namespace {

using namespace parsers::keepalived;
using Out = std::back_insert_iterator<std::string>;

constexpr const char* kHidden = "********";

const char* on_off(bool value, const char* on, const char* off) { return value ? on : off; }

double seconds(lib::base::Duration span) { return static_cast<double>(span.count()) / 1'000'000; }

/// "1795256822.360577 (Sat Nov 21 10:27:02 2026.360577)"
std::string moment_text(lib::base::WallTime moment) {
  const std::int64_t micros = moment.time_since_epoch().count();
  const std::time_t whole = static_cast<std::time_t>(micros / 1'000'000);
  std::tm local{};
  ::localtime_r(&whole, &local);
  char date[40];
  std::strftime(date, sizeof date, "%a %b %d %H:%M:%S %Y", &local);
  return fmt::format("{}.{:06} ({}.{:06})", micros / 1'000'000, micros % 1'000'000, date, micros % 1'000'000);
}

std::string quoted_command(const Command& command) {
  std::string out;
  for (const std::string& word : command.argv) out += (out.empty() ? "'" : " '") + word + '\'';
  return out;
}

/// "[10.0.0.1]:80"
std::string bracketed(const Address& address) { return fmt::format("[{}]:{}", address.host(), address.port()); }

/// "TUN, type = GUE, port = 6080, no checksum"
std::string forwarding_text(const Forwarding& forwarding) {
  switch (forwarding.method) {
    case Forwarding::Method::Nat: return "NAT";
    case Forwarding::Method::Direct: return "DR";
    case Forwarding::Method::Tunnel: break;
  }
  if (forwarding.tunnel == Forwarding::Tunnel::IpIp) return "TUN, type = IPIP";
  std::string out = forwarding.tunnel == Forwarding::Tunnel::Gre ? "TUN, type = GRE" : fmt::format("TUN, type = GUE, port = {}", forwarding.tunnel_port);
  switch (forwarding.checksum) {
    case Forwarding::Checksum::None: return out + ", no checksum";
    case Forwarding::Checksum::Plain: return out + ", checksum";
    case Forwarding::Checksum::Remote: return out + ", remote checksum";
  }
  return out;
}

void write_script(Out out, const char* indent, const char* what, const std::optional<Command>& command) {
  if (command) fmt::format_to(out, "{}{} notify script = {}, uid:gid {}:{}\n", indent, what, quoted_command(*command), command->uid, command->gid);
}

// ---- global definitions

const char* alert_word(const std::optional<bool>& value) { return !value ? "unset" : *value ? "on" : "off"; }

void write_mail(Out out, const GlobalDefs& global) {
  if (global.smtp_server) {
    fmt::format_to(out, " Smtp server = {}\n Smtp server port = {}\n", global.smtp_server->host(), global.smtp_server->port());
    if (!global.smtp_helo_name.empty()) fmt::format_to(out, " Smtp HELO name = {}\n", global.smtp_helo_name);
    fmt::format_to(out, " Smtp server connection timeout = {}\n", global.smtp_connect_timeout.count() / 1'000'000);
  }
  if (!global.notification_email_from.empty()) fmt::format_to(out, " Email notification from = {}\n", global.notification_email_from);
  if (!global.notification_email.empty()) fmt::format_to(out, " Email notification to:\n");
  for (const std::string& each : global.notification_email) fmt::format_to(out, "   {}\n", each);
  fmt::format_to(out, " Default smtp_alert = {}\n Default smtp_alert_checker = {}\n Checkers log all failures = {}\n", alert_word(global.smtp_alert), alert_word(global.smtp_alert_checker),
                 global.checker_log_all_failures);
}

void write_sync(Out out, const LvsSyncDaemon& sync) {
  if (!sync.instance.empty()) fmt::format_to(out, " LVS syncd vrrp name = {}\n", sync.instance);
  fmt::format_to(out, " LVS syncd interface = {}\n", sync.interface);
  if (sync.id) fmt::format_to(out, " LVS syncd syncid = {}\n", *sync.id);
  if (sync.max_length != 0) fmt::format_to(out, " LVS syncd maxlen = {}\n", sync.max_length);
  if (sync.group) fmt::format_to(out, " LVS mcast group {}\n", sync.group->host());
  if (sync.port != 0) fmt::format_to(out, " LVS syncd mcast port = {}\n", sync.port);
  if (sync.ttl != 0) fmt::format_to(out, " LVS syncd mcast ttl = {}\n", sync.ttl);
}

void write_global(Out out, const KeepalivedConfig& config) {
  const GlobalDefs& global = config.global;
  const std::string ipvs = !config.net_namespace_ipvs ? (config.net_namespace.empty() ? "(main namespace)" : config.net_namespace) : config.net_namespace_ipvs->empty() ? "(main namespace)" : *config.net_namespace_ipvs;
  fmt::format_to(out, "------< Global definitions >------\n Network namespace = {}\n Network namespace ipvs = {}\n", config.net_namespace.empty() ? "(default)" : config.net_namespace, ipvs);
  if (!config.instance_name.empty()) fmt::format_to(out, " Instance name = {}\n", config.instance_name);
  fmt::format_to(out, " Router ID = {}\n", global.router_id);
  write_mail(out, global);
  if (global.lvs_tcp_timeout_s) fmt::format_to(out, " LVS TCP timeout = {}\n", *global.lvs_tcp_timeout_s);
  if (global.lvs_tcpfin_timeout_s) fmt::format_to(out, " LVS TCP FIN timeout = {}\n", *global.lvs_tcpfin_timeout_s);
  if (global.lvs_udp_timeout_s) fmt::format_to(out, " LVS UDP timeout = {}\n", *global.lvs_udp_timeout_s);
  if (global.lvs_sync_daemon) write_sync(out, *global.lvs_sync_daemon);
  using Flush = GlobalDefs::FlushOnStop;
  const Flush at_stop = global.lvs_flush_on_stop;
  fmt::format_to(out, " LVS flush = {}\n LVS flush on stop = {}\n", global.lvs_flush, at_stop == Flush::No ? "disabled" : at_stop == Flush::All ? "full" : "VS");
  for (const auto& [name, fifo] : {std::pair{"Global", &global.fifo}, {"LVS", &global.lvs_fifo}}) {
    if (fifo->path.empty()) continue;
    fmt::format_to(out, " {} notify fifo = {}, uid:gid {}:{}\n", name, fifo->path, fifo->uid, fifo->gid);
    if (fifo->script) fmt::format_to(out, " {} notify fifo script = {}, uid:gid {}:{}\n", name, quoted_command(*fifo->script), fifo->script->uid, fifo->script->gid);
  }
  fmt::format_to(out, " Checker process priority = {}\n Checker don't swap = {}\n Checker realtime priority = {}\n Checker realtime limit = {}\n", global.checker.nice, global.checker.no_swap,
                 global.checker.realtime_priority.value_or(0), global.checker.realtime_limit_us);
  fmt::format_to(out, " Script security {}\n Default script uid:gid {}:{}\n rs_init_notifies = {:d}\n no_checker_emails = {:d}\n", on_off(global.script_security, "enabled", "disabled"), global.script_uid,
                 global.script_gid, global.rs_init_notifies, global.no_checker_emails);
  if (global.umask) fmt::format_to(out, " umask = {:04o}\n", *global.umask);
}

// ---- groups, virtual servers, real servers

/// How many virtual servers of a group count.
struct Alive {
  unsigned tcp = 0, udp = 0, sctp = 0, v4 = 0, v6 = 0;
};

Alive alive_of(const VirtualServers& lvs, std::size_t group) {
  Alive out;
  for (const VirtualServer& each : lvs.servers) {
    if (each.kind != VirtualServer::Kind::Group || each.group != group) continue;
    out.tcp += each.protocol == Protocol::Tcp, out.udp += each.protocol == Protocol::Udp, out.sctp += each.protocol == Protocol::Sctp;
    ++(each.family == AF_INET6 ? out.v6 : out.v4);
  }
  return out;
}

void write_group(Out out, const VirtualServers& lvs, std::size_t number) {
  const VirtualServerGroup& group = lvs.groups[number];
  const Alive alive = alive_of(lvs, number);
  const auto has = [&](int family) {
    return std::any_of(group.entries.begin(), group.entries.end(), [&](const GroupEntry& each) { return each.kind == GroupEntry::Kind::Addresses ? each.first.family() == family : each.family == family; });
  };
  fmt::format_to(out, " ------< Virtual server group >------\n Virtual Server Group = {}, IPv4 = {}, IPv6 = {}\n", group.name, on_off(has(AF_INET) || alive.v4 != 0, "yes", "no"),
                 on_off(has(AF_INET6) || alive.v6 != 0, "yes", "no"));
  for (const GroupEntry& each : group.entries) {
    if (each.kind == GroupEntry::Kind::Fwmark) {
      fmt::format_to(out, "   FWMARK = {}\n     Alive: {} IPv4, {} IPv6\n", each.fwmark, alive.v4, alive.v6);
      continue;
    }
    if (each.first.same_host(each.last)) fmt::format_to(out, "   VIP = {}, VPORT = {}\n", each.first.host(), each.first.port());
    else fmt::format_to(out, "   VIP Range = {}-{}, VPORT = {}\n", each.first.host(), each.last.host(), each.first.port());
    fmt::format_to(out, "     Alive: {} tcp, {} udp, {} sctp\n", alive.tcp, alive.udp, alive.sctp);
  }
}

void write_flags(Out out, const VirtualServer& conf) {
  const auto state = [&](unsigned bit) { return on_off((conf.scheduler_flags & bit) != 0, "enabled", "disabled"); };
  if (conf.scheduler == "sh" || conf.scheduler == "mh")
    fmt::format_to(out, "   {0}-port = {1}\n   {0}-fallback = {2}\n", conf.scheduler, state(2), state(1));
  else
    fmt::format_to(out, "   flag-1 = {}\n   flag-2 = {}\n   flag-3 = {}\n", state(1), state(2), state(4));
}

void write_persistence(Out out, const VirtualServer& conf) {
  if (conf.persistence_timeout_s == 0) return;
  fmt::format_to(out, "   persistence timeout = {}\n", conf.persistence_timeout_s);
  if (conf.persistence_prefix != 128) fmt::format_to(out, "   persistence granularity = {}\n", conf.persistence_prefix);
  else if (conf.persistence_mask != 0xffffffff) fmt::format_to(out, "   persistence granularity = {}\n", lib::net::Address::ipv4(conf.persistence_mask).host());
  if (!conf.persistence_engine.empty()) fmt::format_to(out, "   persistence engine = {}\n", conf.persistence_engine);
}

const char* protocol_word(Protocol protocol) {
  switch (protocol) {
    case Protocol::Tcp: return "TCP";
    case Protocol::Udp: return "UDP";
    case Protocol::Sctp: return "SCTP";
    case Protocol::None: break;
  }
  return "none";
}

void write_real_server(Out out, const VirtualServer& of, const RealServer& conf, const ServerState& now) {
  const auto failed = std::count_if(now.checkers.begin(), now.checkers.end(), [](const CheckerState& each) { return !each.up; });
  fmt::format_to(out, "   ------< Real server >------\n   RIP = {}, RPORT = {}, WEIGHT = {} EFF WEIGHT = {}\n   forwarding method = {}\n   Alpha is {}\n", conf.address.host(), conf.address.port(),
                 conf.weight, now.weight, forwarding_text(conf.forwarding), on_off(conf.alpha, "ON", "OFF"));
  fmt::format_to(out, "   connection limit range = {} -> {}\n   Inhibit on failure is {}\n", conf.lower_threshold, conf.upper_threshold, on_off(conf.inhibit_on_failure, "ON", "OFF"));
  write_script(out, "     ", "RS up", conf.notify_up);
  write_script(out, "     ", "RS down", conf.notify_down);
  if (!conf.virtualhost.empty() && conf.virtualhost != of.virtualhost) fmt::format_to(out, "    VirtualHost = '{}'\n", conf.virtualhost);
  if (!conf.snmp_name.empty()) fmt::format_to(out, "   SNMP name = {}\n", conf.snmp_name);
  fmt::format_to(out, "   Using smtp notification = {}\n   initial weight = {}\n   effective weight = {}\n   alive = {:d}\n   num failed checkers = {}\n   RS set = {:d}\n", on_off(conf.smtp_alert, "yes", "no"),
                 conf.weight, now.weight, now.is_alive, failed, now.is_in_table);
  if (now.override_state != Override::None || now.override_weight) {
    const char* const state = now.override_state == Override::Up ? "up" : now.override_state == Override::Down ? "down" : now.override_state == Override::Drain ? "drain" : "auto";
    fmt::format_to(out, "   by hand: {}, weight {}\n", state, now.override_weight ? std::to_string(*now.override_weight) : "auto");
  }
}

void write_tracked(Out out, const KeepalivedConfig& config, const RealServer& conf) {
  bool has_title = false;
  for (const Checker& each : conf.checkers) {
    const auto* const file = std::get_if<FileCheck>(&each.what);
    if (file == nullptr) continue;
    if (!std::exchange(has_title, true)) fmt::format_to(out, "   Tracked Files\n");
    fmt::format_to(out, "     {}, weight {}{}\n", config.track_files[file->file].name, file->weight.value, file->weight.reverse ? " reverse" : "");
  }
  has_title = false;
  for (const Checker& each : conf.checkers) {
    const auto* const bfd = std::get_if<BfdCheck>(&each.what);
    if (bfd == nullptr) continue;
    if (!std::exchange(has_title, true)) fmt::format_to(out, "   Tracked BFDs\n");
    fmt::format_to(out, "     {}\n", config.bfds[bfd->bfd].name);
  }
}

void write_names(Out out, const KeepalivedConfig& config, const VirtualServer& conf) {
  fmt::format_to(out, " ------< Virtual server >------\n");
  switch (conf.kind) {
    case VirtualServer::Kind::Address: fmt::format_to(out, " VS VIP = {}, VPORT = {}\n", conf.address.host(), conf.address.port()); break;
    case VirtualServer::Kind::Fwmark: fmt::format_to(out, " VS FWMARK = {}\n", conf.fwmark); break;
    case VirtualServer::Kind::Group: fmt::format_to(out, " VS GROUP = [{}]:0\n", config.lvs.groups[conf.group].name); break;
  }
  if (!conf.virtualhost.empty()) fmt::format_to(out, "   VirtualHost = {}\n", conf.virtualhost);
  if (!conf.snmp_name.empty()) fmt::format_to(out, "   SNMP name = '{}'\n", conf.snmp_name);
}

void write_virtual_server(Out out, const KeepalivedConfig& config, std::size_t number, const Pool& pool) {
  const VirtualServer& conf = config.lvs.servers[number];
  write_names(out, config, conf);
  fmt::format_to(out, "   Address family = {}\n   lvs_sched = {}\n   Hashed = disabled\n", conf.family == AF_INET6 ? "inet6" : "inet", conf.scheduler);
  write_flags(out, conf);
  fmt::format_to(out, "   One packet scheduling = {}\n", on_off(conf.one_packet, "enabled", "disabled"));
  write_persistence(out, conf);
  fmt::format_to(out, "   protocol = {}\n   alpha is {}\n   omega is {}\n   quorum = {}, hysteresis = {}\n", protocol_word(conf.protocol), on_off(conf.alpha, "ON", "OFF"), on_off(conf.omega, "ON", "OFF"),
                 conf.quorum, conf.hysteresis);
  write_script(out, "   ", "Quorum up", conf.quorum_up);
  write_script(out, "   ", "Quorum down", conf.quorum_down);
  if (conf.ha_suspend) fmt::format_to(out, "   Using HA suspend\n");
  fmt::format_to(out, "   Using smtp notification = {}\n", on_off(conf.smtp_alert, "yes", "no"));
  if (const auto& sorry = conf.sorry_server)
    fmt::format_to(out, "   sorry server = {}\n     forwarding method = {}\n     Inhibit on failure is {}\n", sorry->name, forwarding_text(sorry->forwarding), on_off(sorry->inhibit, "ON", "OFF"));
  fmt::format_to(out, "   alive = {:d}\n   quorum_state_up = {:d}\n", !pool.wanted().empty(), pool.has_quorum());
  for (std::size_t i = 0; i < conf.real_servers.size(); ++i) {
    write_real_server(out, conf, conf.real_servers[i], pool.server(i));
    write_tracked(out, config, conf.real_servers[i]);
  }
}

// ---- checkers

void write_url(Out out, const HttpUrl& url) {
  fmt::format_to(out, "   Checked url = {}\n", url.path);
  if (url.digest) {
    fmt::format_to(out, "     digest = ");
    for (const std::uint8_t each : *url.digest) fmt::format_to(out, "{:02x}", each);
    fmt::format_to(out, "\n");
  }
  fmt::format_to(out, "     HTTP Status Code(s)\n");
  for (const auto& [first, last] : url.status_codes) {
    if (first == last) fmt::format_to(out, "       {}\n", first);
    else fmt::format_to(out, "       {}-{}\n", first, last);
  }
  if (!url.host.empty()) fmt::format_to(out, "     Virtual host = {}\n", url.host);
  if (url.tls_compliant) fmt::format_to(out, "     TLS compliant\n");
  if (!url.regex) return;
  const BodyRegex& regex = *url.regex;
  fmt::format_to(out, "     Regex = \"{}\"\n", regex.pattern);
  if (regex.no_match) fmt::format_to(out, "     Regex no match\n");
  if (regex.min_offset != 0 || regex.max_offset) {
    fmt::format_to(out, "     Regex min offset = {}", regex.min_offset);
    if (regex.max_offset) fmt::format_to(out, ", max_offset = {}", *regex.max_offset);
    fmt::format_to(out, "\n");
  }
  fmt::format_to(out, "     Regex options:");
  for (std::size_t i = 0; i < kRegexOptions.size(); ++i)
    if (regex.has(static_cast<RegexOption>(i))) fmt::format_to(out, " {}", kRegexOptions[i]);
  fmt::format_to(out, "\n");
  if (regex.stack_max != 0) fmt::format_to(out, "     Regex stack start {}, max {}\n", regex.stack_start, regex.stack_max);
}

/// The lines of one kind of check.
struct Kind {
  Out out;
  const KeepalivedConfig& config;
  const checkers::CheckStatus& status;

  void operator()(const TcpCheck&) const {}
  void operator()(const PingCheck&) const {}
  void operator()(const HttpCheck& check) const {
    for (const HttpUrl& url : check.urls) write_url(out, url);
  }
  void operator()(const SmtpCheck& check) const { fmt::format_to(out, "   helo = {}\n", check.helo_name); }
  void operator()(const DnsCheck& check) const {
    const auto type = std::find_if(kRecordTypes.begin(), kRecordTypes.end(), [&](const RecordType& each) { return each.number == check.type; });
    fmt::format_to(out, "   Type = {}\n   Name = {}\n", type != kRecordTypes.end() ? std::string{type->name} : std::to_string(check.type), check.name);
  }
  void operator()(const MiscCheck& check) const {
    fmt::format_to(out, "   script = {}\n   timeout = {}\n   dynamic = {}\n   uid:gid = {}:{}\n", quoted_command(check.command), check.timeout.count() / 1'000'000, on_off(check.dynamic, "YES", "NO"),
                   check.command.uid, check.command.gid);
  }
  void operator()(const BfdCheck& check) const { fmt::format_to(out, "   Name = {}\n", config.bfds[check.bfd].name); }
  void operator()(const UdpCheck& check) const {
    if (check.payload.empty()) fmt::format_to(out, "   Payload specified = no\n");
    else fmt::format_to(out, "   Payload len = {}\n", check.payload.size());
    fmt::format_to(out, "   Require reply = {}\n", on_off(check.needs_reply, "yes", "no"));
    if (!check.needs_reply) return;
    const bool masks = std::any_of(check.reply_mask.begin(), check.reply_mask.end(), [](std::uint8_t each) { return each != 0xff; });
    fmt::format_to(out, "     Min reply length = {}\n     Max reply length = {}\n     Reply data len = {}\n     Reply data mask = {}\n", check.min_reply, check.max_reply, check.reply.size(), on_off(masks, "yes", "no"));
  }
  void operator()(const FileCheck& check) const { fmt::format_to(out, "     Tracked file = {}\n", config.track_files[check.file].name); }
};

std::string method_text(const Checker& checker) {
  const auto* const http = std::get_if<HttpCheck>(&checker.what);
  if (http == nullptr) return checker.keyword();
  using Version = HttpCheck::Version;
  const char* const version = http->version == Version::Http11 ? "1.1" : http->version == Version::Http10Close ? "1.0C" : "1.0";
  return fmt::format("{}, http protocol {}\n   Fast recovery {}", checker.keyword(), version, on_off(http->fast_recovery, "set", "unset"));
}

void write_times(Out out, const CheckTimes& times, const checkers::CheckStatus& now) {
  fmt::format_to(out, "   Alpha = {}\n   Delay loop = {} us\n   Warmup = {} us\n   Retries = {}\n   Delay before retry = {} us\n   Retries iterations = {}\n   Log all failures = {}\n", on_off(times.alpha, "yes", "no"),
                 times.delay_loop.count(), times.warmup.count(), times.retry, times.delay_before_retry.count(), now.failures, on_off(times.log_all_failures, "yes", "no"));
}

void write_target(Out out, const CheckTarget& target) {
  fmt::format_to(out, "   Connection\n     Dest = {}\n", bracketed(target.to));
  if (target.from) fmt::format_to(out, "     Bind to = {}\n", bracketed(*target.from));
  if (!target.interface.empty()) fmt::format_to(out, "     Bind i/f = {}\n", target.interface);
  if (target.fwmark != 0) fmt::format_to(out, "     Mark = {}\n", target.fwmark);
  fmt::format_to(out, "     Timeout = {:.6f}\n", seconds(target.timeout));
}

void write_last_run(Out out, const checkers::CheckStatus& now) {
  if (now.history.empty()) return;
  const checkers::RunRecord& last = now.history.back();
  fmt::format_to(out, "   Last ran = {}\n   Last result = {}{}\n", moment_text(last.when), on_off(last.passed, "passed", "failed: "), last.passed ? "" : last.detail.empty() ? "no reason known" : last.detail);
}

void write_checker(Out out, const Desk& desk, const checkers::CheckerId& id) {
  const KeepalivedConfig& config = desk.config();
  const VirtualServer& of = config.lvs.servers[id.virtual_server];
  const Checker& conf = of.real_servers[id.server].checkers[id.checker];
  const checkers::CheckStatus now = desk.check_status(id);
  const bool is_file = std::holds_alternative<FileCheck>(conf.what), is_bfd = std::holds_alternative<BfdCheck>(conf.what);
  fmt::format_to(out, " {} -> {}\n   Enabled = {}\n   Up = {}\n   Has run = {}\n   Current weight = {}\n", of.name, of.real_servers[id.server].name, on_off(now.is_enabled, "yes", "no"), on_off(now.up, "yes", "no"),
                 on_off(now.has_run, "yes", "no"), desk.pool(id.virtual_server).server(id.server).checkers[id.checker].addition);
  if (is_bfd) fmt::format_to(out, "   Alpha = {}\n", on_off(conf.times.alpha, "yes", "no"));
  else if (!is_file) write_times(out, conf.times, now);
  if (!is_file && !is_bfd && !std::holds_alternative<MiscCheck>(conf.what)) write_target(out, conf.target);
  fmt::format_to(out, "   Keepalive method = {}\n", method_text(conf));
  std::visit(Kind{out, config, now}, conf.what);
  write_last_run(out, now);
}

/// All checkers in the file's order; `write` is called with each id.
template <class Write>
void each_checker(const KeepalivedConfig& config, Write write) {
  for (std::size_t v = 0; v < config.lvs.servers.size(); ++v)
    for (std::size_t r = 0; r < config.lvs.servers[v].real_servers.size(); ++r)
      for (std::size_t c = 0; c < config.lvs.servers[v].real_servers[r].checkers.size(); ++c) write(checkers::CheckerId{v, r, c}, config.lvs.servers[v].real_servers[r].checkers[c]);
}

void write_tracking(Out out, const KeepalivedConfig& config) {
  if (!config.track_files.empty()) fmt::format_to(out, "------< Checker track files >------\n");
  for (std::size_t i = 0; i < config.track_files.size(); ++i) {
    const TrackFile& file = config.track_files[i];
    fmt::format_to(out, " Track file = {}\n   File = {}\n   Weight = {}{}\n   Tracking instances :\n", file.name, file.path, file.weight.value, file.weight.reverse ? " reverse" : "");
    each_checker(config, [&](const checkers::CheckerId& id, const Checker& checker) {
      const auto* const check = std::get_if<FileCheck>(&checker.what);
      const VirtualServer& of = config.lvs.servers[id.virtual_server];
      if (check != nullptr && check->file == i) fmt::format_to(out, "     {} -> {}, weight {}\n", of.name, of.real_servers[id.server].name, check->weight.value);
    });
  }
  if (!config.bfds.empty()) fmt::format_to(out, "------< Checker track BFDs >------\n");
  for (std::size_t i = 0; i < config.bfds.size(); ++i) {
    fmt::format_to(out, " Checker Track BFD = {}\n   Tracking RS :\n", config.bfds[i].name);
    each_checker(config, [&](const checkers::CheckerId& id, const Checker& checker) {
      const auto* const check = std::get_if<BfdCheck>(&checker.what);
      if (check != nullptr && check->bfd == i) fmt::format_to(out, "   {}\n", config.lvs.servers[id.virtual_server].real_servers[id.server].name);
    });
  }
}

}  // namespace

std::string data_text(const Desk& desk) {
  std::string text;
  const Out out{text};
  const KeepalivedConfig& config = desk.config();
  write_global(out, config);
  const TlsClient& tls = config.lvs.tls;
  if (!tls.ca.empty() || !tls.certificate.empty() || !tls.key.empty()) {
    fmt::format_to(out, "------< SSL definitions >------\n");
    if (!tls.password.empty()) fmt::format_to(out, " Password : {}\n", kHidden);
    for (const auto& [name, file] : {std::pair{"CA-file", &tls.ca}, {"Certificate file", &tls.certificate}, {"Key file", &tls.key}})
      if (!file->empty()) fmt::format_to(out, " {} : {}\n", name, *file);
  }
  fmt::format_to(out, "------< LVS Topology >------\n Driver = {}\n", desk.driver_name());
  for (std::size_t i = 0; i < config.lvs.groups.size(); ++i) write_group(out, config.lvs, i);
  for (std::size_t i = 0; i < config.lvs.servers.size(); ++i) write_virtual_server(out, config, i, desk.pool(i));
  fmt::format_to(out, "------< Health checkers >------\n");
  each_checker(config, [&](const checkers::CheckerId& id, const Checker& checker) {
    if (!std::holds_alternative<FileCheck>(checker.what)) write_checker(out, desk, id);
  });
  // The original has those of track files last.
  each_checker(config, [&](const checkers::CheckerId& id, const Checker& checker) {
    if (std::holds_alternative<FileCheck>(checker.what)) write_checker(out, desk, id);
  });
  write_tracking(out, config);
  return text;
}

}  // namespace checkerd::report
