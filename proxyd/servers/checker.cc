#include "proxyd/servers/checker.h"

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "lib/net/proxy_header.h"

namespace proxyd::servers {
namespace {

namespace probe = lib::probe;

/// `option httpchk` and `http-check send` as bytes.
std::string request_text(const config::HttpCheck& check) {
  std::string text = fmt::format("{} {} {}\r\n", check.method, check.uri, check.version);
  bool says_connection = false;
  for (const auto& [name, value] : check.headers) {
    if (name == "connection") {
      says_connection = true;  // the check decides how its connection ends
      continue;
    }
    text += fmt::format("{}: {}\r\n", name, value);
  }
  if (!check.body.empty()) text += fmt::format("content-length: {}\r\n", check.body.size());
  if (check.version != "HTTP/1.0" && !says_connection) text += "connection: close\r\n";
  return text + "\r\n" + check.body;
}

/// A server without a port of its own is checked where clients would reach it: at the first listener's port.
std::uint16_t mapped_port(const Server& server) {
  for (const config::Bind& bind : server.backend.conf.binds) {
    if (bind.where.kind != lib::net::Endpoint::Kind::Ip) continue;
    return static_cast<std::uint16_t>(bind.where.ip.port() + server.conf.port_offset);
  }
  return 0;
}

/// The backend's lock is held.
lib::net::Endpoint target_locked(const Server& server) {
  lib::net::Endpoint where = server.where;
  std::uint16_t port = where.kind == lib::net::Endpoint::Kind::Ip ? where.ip.port() : std::uint16_t{0};
  if (server.conf.port_is_mapped) port = mapped_port(server);
  if (server.check_port != 0) port = server.check_port;
  if (server.check_address) {
    where = lib::net::Endpoint{};
    where.ip = *server.check_address;
  }
  if (where.kind == lib::net::Endpoint::Kind::Ip && where.ip.is_ip()) where.ip.set_port(port);
  return where;
}

CheckStatus status_of(const probe::Report& report) {
  switch (report.outcome) {
    case probe::Outcome::Passed: return report.has_answer ? CheckStatus::L7Ok : CheckStatus::L4Ok;
    case probe::Outcome::NotStarted:
    case probe::Outcome::SocketError: return CheckStatus::SocketError;
    case probe::Outcome::BindFailed:
    case probe::Outcome::ConnectFailed: return CheckStatus::L4Connection;
    case probe::Outcome::ConnectTimeout: return CheckStatus::L4Timeout;
    case probe::Outcome::AnswerTimeout: return CheckStatus::L7Timeout;
    case probe::Outcome::NoAnswer:
    case probe::Outcome::InvalidAnswer: return CheckStatus::L7Response;
    case probe::Outcome::WrongStatus: return CheckStatus::L7Status;
    // Of steps that no check of ours has.
    case probe::Outcome::TlsFailed:
    case probe::Outcome::TlsTimeout:
    case probe::Outcome::WrongDigest:
    case probe::Outcome::WrongBody:
    case probe::Outcome::NoGoodbye: break;
  }
  return CheckStatus::Unknown;
}

bool is_paused(Server& server) {
  const std::lock_guard guard{server.backend.mutex};
  return !server.check.enabled || (server.admin & kForcedMaint) != 0;
}

/// A binary PROXY header that names no client: the check is our own.
std::string own_header(const config::SendProxy& wanted) {
  constexpr std::string_view kNoTls{"\0\0\0\0\0", 5};
  const lib::net::ProxyTlv tls{static_cast<std::uint8_t>(lib::net::TlvType::Tls), kNoTls};
  const bool checked = (wanted.bits & config::SendProxy::kChecksum) != 0;
  std::string out;
  lib::net::encode_proxy_v2({}, {}, std::span{&tls, wanted.tells_tls() ? 1U : 0U},
                            checked ? lib::net::Checksum::Crc32c : lib::net::Checksum::None, out);
  return out;
}

Duration interval_now(Server& server) {
  const std::lock_guard guard{server.backend.mutex};
  return check_interval(server);
}

/// Plus or minus up to `percent`, so that many checks do not stay in step. `seed` is the generator's state.
Duration spread(Duration interval, std::uint32_t percent, std::uint32_t& seed) {
  if (percent == 0) return interval;
  seed = seed * 1664525u + 1013904223u;
  const std::int64_t most = interval.count() * percent / 100;
  return interval - Duration{most} + Duration{2 * most * (seed >> 8) / (1 << 24)};
}

}  // namespace

lib::probe::Plan make_plan(Server& server) {
  const config::Proxy& conf = server.backend.conf;
  probe::Plan plan;
  plan.steps.reserve(4);
  probe::Connect& connect = plan.steps.emplace_back().emplace<probe::Connect>();
  bool goes_elsewhere = false;
  {
    const std::lock_guard guard{server.backend.mutex};
    connect.where = target_locked(server);
    goes_elsewhere = server.check_port != 0 || server.check_address;
  }
  const config::ConnectSource& source = server.conf.source.is_set ? server.conf.source : conf.source;
  connect.source = source.address;
  if (source.has_range()) connect.source.set_port(0);  // those are for traffic
  connect.interface = source.interface;
  connect.name_space = server.conf.name_space;
  connect.reset_on_close = true;
  // As for the traffic, unless the check goes elsewhere.
  const config::SendProxy& send_proxy = server.conf.send_proxy;
  if (server.conf.check_send_proxy || (send_proxy.is_on() && !goes_elsewhere)) {
    connect.reset_on_close = false;  // a reset could overtake the header
    if (send_proxy.is_v2()) {
      plan.steps.emplace_back().emplace<probe::Send>().bytes = own_header(send_proxy);
    } else {
      plan.steps.emplace_back().emplace<probe::SendProxyLine>();
    }
  }
  if (conf.check_type == config::CheckType::Http) {
    connect.reset_on_close = false;
    plan.steps.emplace_back().emplace<probe::Send>().bytes = request_text(conf.http_check);
    plan.steps.emplace_back().emplace<probe::ExpectHttpStatus>();
  }
  // Without "timeout check" everything must be over when the next check is due.
  if (conf.timeouts.check > Duration::zero()) {
    plan.connecting = conf.timeouts.connect > Duration::zero() ? std::min(conf.timeouts.connect, server.conf.inter)
                                                               : server.conf.inter;
    plan.answering = conf.timeouts.check;
  } else {
    plan.whole = server.conf.inter;
  }
  return plan;
}

Duration check_interval(const Server& server) {
  const config::Server& conf = server.conf;
  const bool is_stopped = server.operation == Operation::Stopped;
  Duration special{};
  if (is_stopped && server.check.health == 0) {
    special = conf.down_inter;
  } else if (is_stopped || server.check.health + 1 < conf.rise + conf.fall) {
    special = conf.fast_inter;
  }
  return special > Duration::zero() ? special : conf.inter;
}

lib::event::Task<void> run_checks(Server& server, lib::event::Loop& loop, Duration delay, CheckSettings settings) {
  lib::event::Waiter waiter{loop};
  std::uint32_t seed = server.number * 2654435761u + 1;
  Instant due = loop.now() + delay;
  while (true) {
    while (loop.now() < due) (void)co_await waiter.until(due);  // nobody notifies this waiter: only time passes
    const Instant began = loop.now();
    if (!is_paused(server)) {
      server.backend.on_check_start(server);
      const lib::probe::Plan plan = make_plan(server);
      lib::probe::Report report = co_await lib::probe::run(plan, waiter);
      server.backend.on_check_result(server, status_of(report), report.code, report.took, std::move(report.info),
                                     loop.now());
    }
    due = began + spread(interval_now(server), settings.spread_percent, seed);
    // Even a check that took longer than the interval lets the loop breathe.
    if (due <= loop.now()) due = loop.now() + Duration{1};
  }
}

void start_checks(std::span<const std::unique_ptr<Backend>> backends, std::span<const CheckLoop> loops,
                  CheckSettings settings) {
  std::vector<Server*> checked;
  for (const auto& backend : backends) {
    if (backend->conf.disabled || backend->conf.check_type == config::CheckType::None) continue;
    for (const auto& server : backend->servers) {
      if (server->conf.check) checked.push_back(server.get());
    }
  }
  if (loops.empty() || checked.empty()) return;
  Duration shortest = Duration::max();
  for (const Server* server : checked) shortest = std::min(shortest, check_interval(*server));
  for (std::size_t at = 0; at < checked.size(); ++at) {
    Server* const server = checked[at];
    Duration window = std::max(shortest, check_interval(*server));
    if (settings.max_spread > Duration::zero()) window = std::min(window, settings.max_spread);
    const Duration delay = window * static_cast<std::int64_t>(at) / static_cast<std::int64_t>(checked.size());
    const CheckLoop where = loops[at % loops.size()];
    where.loop->post([server, where, delay, settings] {
      where.tasks->spawn(run_checks(*server, *where.loop, delay, settings));
    });
  }
}

}  // namespace proxyd::servers
