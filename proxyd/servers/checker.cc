#include "proxyd/servers/checker.h"

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "lib/net/proxy_header.h"
#include "lib/probe/grpc_health.h"
#include "proxyd/config/server_tls.h"

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

/// `option ssl-hello-chk`: a hello of SSL 3.0, byte for byte the original's.
std::string hello_bytes(std::int64_t unix_time) {
  std::string out{"\x16\x03\0\0\x79\x01\0\0\x75\x03\0", 11};
  for (const int shift : {24, 16, 8, 0}) out += static_cast<char>(unix_time >> shift & 255);
  out += "HAPROXYSSLCHK\nHAPROXYSSLCHK\n";
  out += std::string_view{"\0\0\x4e", 3};  // no session, 39 ciphers
  const auto offer = [&](char first, char last) {
    for (char cipher = first; cipher <= last; ++cipher) (out += '\0') += cipher;
  };
  offer(0x01, 0x1b);
  offer(0x2f, 0x3a);
  return out + std::string{"\x01\0", 2};  // no compression
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

CheckStatus status_of(const probe::Report& report, config::CheckType type) {
  if (type == config::CheckType::TlsHello) {
    if (report.outcome == probe::Outcome::Passed) return CheckStatus::L6Ok;
    if (report.outcome == probe::Outcome::AnswerTimeout) return CheckStatus::L6Timeout;
    if (report.outcome == probe::Outcome::NoAnswer || report.outcome == probe::Outcome::InvalidAnswer) return CheckStatus::L6Response;
  }
  switch (report.outcome) {
    case probe::Outcome::Passed:
      if (report.has_answer) return CheckStatus::L7Ok;
      return report.has_shaken ? CheckStatus::L6Ok : CheckStatus::L4Ok;
    case probe::Outcome::NotStarted:
    case probe::Outcome::SocketError: return CheckStatus::SocketError;
    case probe::Outcome::BindFailed:
    case probe::Outcome::ConnectFailed: return CheckStatus::L4Connection;
    case probe::Outcome::ConnectTimeout: return CheckStatus::L4Timeout;
    case probe::Outcome::AnswerTimeout: return CheckStatus::L7Timeout;
    case probe::Outcome::NoAnswer:
    case probe::Outcome::InvalidAnswer: return CheckStatus::L7Response;
    case probe::Outcome::WrongStatus: return CheckStatus::L7Status;
    case probe::Outcome::TlsFailed: return CheckStatus::L6Response;
    case probe::Outcome::TlsTimeout: return CheckStatus::L6Timeout;
    // Of steps that no check of ours has.
    case probe::Outcome::WrongDigest:
    case probe::Outcome::WrongBody:
    case probe::Outcome::NoGoodbye: break;
  }
  return CheckStatus::Unknown;
}

/// What the original says of a handshake that failed.
std::string words_for_tls(const Server& server, const probe::Report& report) {
  if (!report.is_other_name) return "SSL handshake failure";
  return !server.conf.tls->check_sni.empty() ? "Server presented an SSL certificate different from the expected one"
                                              : "Server presented an SSL certificate different from the configured one";
}

/// What a server is called in the requests of gRPC: as "check-sni" or its line says. The backend's lock is held.
std::string authority_locked(const Server& server, const lib::net::Endpoint& where) {
  if (where.kind != lib::net::Endpoint::Kind::Ip) return "localhost";
  std::string_view name = server.conf.tls != nullptr ? server.conf.tls->check_sni : std::string_view{};
  const bool goes_where_named = !server.check_address && server.where == server.conf.where;
  if (name.empty() && goes_where_named) name = server.conf.hostname;
  return name.empty() ? where.text() : fmt::format("{}:{}", name, where.ip.port());
}

/// Whether checks that go (or do not go) elsewhere speak TLS.
bool checks_by_tls(const Server& server, bool goes_elsewhere) {
  const config::ServerTls* const tls = server.conf.tls.get();
  if (tls == nullptr || tls->context == nullptr) return false;
  using Checks = config::ServerTls::Checks;
  return tls->checks == Checks::Yes || (tls->checks == Checks::AsTraffic && tls->is_on && !goes_elsewhere);
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

bool speaks_tls(const probe::Plan& plan) {
  return std::any_of(plan.steps.begin(), plan.steps.end(), [](const probe::Step& each) { return std::holds_alternative<probe::StartTls>(each); });
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
  plan.steps.reserve(6);
  probe::Connect& connect = plan.steps.emplace_back().emplace<probe::Connect>();
  bool goes_elsewhere = false;
  std::string authority;
  {
    const std::lock_guard guard{server.backend.mutex};
    connect.where = target_locked(server);
    if (conf.check_type == config::CheckType::Grpc) authority = authority_locked(server, connect.where);
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
  if (checks_by_tls(server, goes_elsewhere)) {
    const config::ServerTls& tls = *server.conf.tls;
    probe::StartTls& start = plan.steps.emplace_back().emplace<probe::StartTls>();
    start.context = tls.context;
    start.sni = tls.check_sni;
    start.verified_name = tls.check_sni.empty() ? tls.verify_host : tls.check_sni;
    start.alpn = tls.check_alpn;
    if (start.alpn.empty() && conf.check_type == config::CheckType::Grpc) start.alpn = "\x02h2";
  }
  if (conf.check_type == config::CheckType::TlsHello) {
    const auto now = std::chrono::system_clock::to_time_t(lib::base::wall_now());
    plan.steps.emplace_back().emplace<probe::Send>().bytes = hello_bytes(now);
    plan.steps.emplace_back().emplace<probe::ExpectTlsRecord>();
  }
  if (conf.check_type == config::CheckType::Http) {
    connect.reset_on_close = false;
    const config::ServerProtocol said = server.conf.check_protocol;
    const config::ServerProtocol wanted = said != config::ServerProtocol::Any ? said : server.conf.protocol;
    if (wanted != config::ServerProtocol::Http1)
      plan.steps.emplace_back().emplace<probe::SpeakHttp2>().only_if_agreed = wanted != config::ServerProtocol::Http2;
    plan.steps.emplace_back().emplace<probe::Send>().bytes = request_text(conf.http_check);
    plan.steps.emplace_back().emplace<probe::ExpectHttpStatus>();
  }
  if (conf.check_type == config::CheckType::Grpc) {
    connect.reset_on_close = false;
    plan.steps.emplace_back().emplace<probe::SpeakHttp2>().is_needed = true;
    plan.steps.emplace_back().emplace<probe::Send>().bytes = probe::grpc_health_text(authority, conf.grpc_service);
    plan.steps.emplace_back().emplace<probe::ExpectGrpcHealth>();
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

namespace {

/// A server as the newest configuration has it, which stays as long as this is held.
struct Checked {
  std::shared_ptr<Backend> backend;
  Server* server = nullptr;  // null: it is not checked any more
};

bool wants_checks(const Server& server) {
  const config::Proxy& conf = server.backend.conf;
  return server.conf.check && !conf.disabled && conf.check_type != config::CheckType::None;
}

Checked newest_of(BackendState& backend, ServerState& server) {
  const std::lock_guard guard{backend.mutex};
  Checked found{.backend = backend.newest.lock(), .server = server.bodies.empty() ? nullptr : server.bodies.back()};
  const bool is_there = found.server != nullptr && &found.server->backend == found.backend.get();
  if (!is_there || !wants_checks(*found.server)) found.server = nullptr;
  if (found.server == nullptr) server.is_checked = false;
  return found;
}

/// How long a change of the interval by a reload may go unnoticed.
constexpr Duration kLookAgain{5'000'000};

}  // namespace

lib::event::Task<void> run_checks(std::shared_ptr<BackendState> backend, std::shared_ptr<ServerState> state, lib::event::Loop& loop,
                                  Duration delay, CheckSettings settings) {
  lib::event::Waiter waiter{loop};
  std::uint32_t seed = state->number * 2654435761u + 1;
  Instant due = loop.now() + delay, began{};
  while (true) {
    while (loop.now() < due) {
      (void)co_await waiter.until(std::min(due, loop.now() + kLookAgain));  // nobody notifies this waiter: only time passes
      if (loop.now() >= due || began == Instant{}) continue;
      const Checked now = newest_of(*backend, *state);
      if (now.server == nullptr) co_return;
      due = std::min(due, began + interval_now(*now.server));
    }
    began = loop.now();
    {
      const Checked asked = newest_of(*backend, *state);
      if (asked.server == nullptr) co_return;
      if (!is_paused(*asked.server)) {
        asked.backend->on_check_start(*asked.server);
        const lib::probe::Plan plan = make_plan(*asked.server);
        lib::probe::Report report = co_await lib::probe::run(plan, waiter);
        // The original counts what it does: connect, send, wait.
        if (report.outcome == lib::probe::Outcome::NoAnswer && report.info.empty()) report.info = "TCPCHK got an empty response at step 2";
        if (report.outcome == lib::probe::Outcome::TlsFailed) report.info = words_for_tls(*asked.server, report);
        const bool shook = speaks_tls(plan) && (report.has_shaken || report.outcome == lib::probe::Outcome::TlsFailed);
        const Checked heard = newest_of(*backend, *state);  // a reload may have come meanwhile
        if (heard.server == nullptr) co_return;
        if (shook) heard.backend->count_checked_tls(*heard.server, report.has_shaken);
        heard.backend->on_check_result(*heard.server, status_of(report, asked.backend->conf.check_type), report.code, report.took,
                                       std::move(report.info), loop.now());
      }
      due = began + spread(interval_now(*asked.server), settings.spread_percent, seed);
    }
    // Even a check that took longer than the interval lets the loop breathe.
    if (due <= loop.now()) due = loop.now() + Duration{1};
  }
}

void start_checks(std::span<const std::shared_ptr<Backend>> backends, std::span<const CheckLoop> loops,
                  CheckSettings settings) {
  std::vector<Server*> checked;
  for (const auto& backend : backends) {
    const std::lock_guard guard{backend->mutex};
    for (const auto& server : backend->servers) {
      if (!wants_checks(*server) || std::exchange(server->state->is_checked, true)) continue;
      checked.push_back(server.get());
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
    where.loop->post([backend = server->backend.state, state = server->state, where, delay, settings] {
      where.tasks->spawn(run_checks(backend, state, *where.loop, delay, settings));
    });
  }
}

}  // namespace proxyd::servers
