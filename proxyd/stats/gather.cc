#include "proxyd/stats/gather.h"

#include <fmt/format.h>
#include <malloc.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <mutex>

#include "lib/base/bug.h"
#include "lib/base/version.h"
#include "proxyd/servers/report.h"

namespace proxyd::stats {

using lib::base::Instant;

namespace {


std::uint64_t seconds_since(Instant then, Instant now) {
  if (then == Instant{} || now <= then) return 0;
  return static_cast<std::uint64_t>(std::chrono::duration_cast<std::chrono::seconds>(now - then).count());
}

std::int64_t second_of(Instant now) {
  return std::chrono::duration_cast<std::chrono::seconds>(now.time_since_epoch()).count();
}

std::int64_t seconds_ago(std::int64_t last_second, Instant now) {
  return last_second == servers::kNoSession ? -1 : std::max<std::int64_t>(second_of(now) - last_second, 0);
}

RateFacts rate_of(const servers::Rate& rate, Instant now) { return {rate.per_second(now), rate.max()}; }
TimeFacts time_of(const servers::SlidingMean& mean) { return {mean.mean(), mean.max()}; }

void read_counts(ObjectFacts& object, const servers::Cells& cells) {
  for (std::size_t i = 0; i < servers::kCounts; ++i) object.counts[i] = cells.sum(static_cast<Count>(i));
}

ObjectFacts object_of(const config::Proxy& proxy, ObjectKind kind, std::string_view name) {
  ObjectFacts object;
  object.kind = kind;
  object.http = proxy.mode == config::Mode::Http;
  object.proxy = proxy.name;
  object.proxy_id = proxy.id;
  object.name = name;
  return object;
}

std::string_view frontend_status(listen::FrontendStatus status) {
  constexpr auto kWords = std::to_array<std::string_view>({"OPEN", "FULL", "PAUSED", "STOP"});
  return kWords[static_cast<std::size_t>(status)];
}

ObjectFacts frontend_facts(const session::Process& process, const listen::Frontend& frontend, Instant now) {
  ObjectFacts object = object_of(frontend.conf, ObjectKind::Frontend, "FRONTEND");
  object.guid = frontend.conf.guid;
  read_counts(object, frontend.counters);
  object.status = frontend_status(frontend.status.load());
  object.sessions = frontend.sessions.value();
  object.sessions_max = frontend.sessions.max();
  const std::uint32_t own_limit = frontend.maxconn.load();
  object.session_limit = own_limit != 0 ? own_limit : process.hard_maxconn;
  object.session_rate = rate_of(frontend.session_rate, now);
  object.connection_rate = rate_of(frontend.connection_rate, now);
  object.request_rate = rate_of(frontend.request_rate, now);
  object.rate_limit = frontend.conf.rate_limit_sessions;
  return object;
}

ObjectFacts listener_facts(const listen::Frontend& frontend, const listen::Listener& listener,
                           std::size_t position) {
  const config::Bind& bind = *listener.conf;
  const std::string name = bind.name.empty() ? fmt::format("sock-{}", position + 1) : bind.name;
  ObjectFacts object = object_of(frontend.conf, ObjectKind::Listener, name);
  if (listener.counters) read_counts(object, *listener.counters);
  object.id = bind.id;
  object.guid = bind.guid;
  const listen::FrontendStatus status = frontend.status.load();
  // haproxy's sockets stay open, as they are, while their frontend is paused
  object.status = frontend_status(status == listen::FrontendStatus::Paused ? listen::FrontendStatus::Open : status);
  object.sessions = listener.sessions.value();
  object.sessions_max = listener.sessions.max();
  object.session_limit = bind.maxconn;
  object.address = address_text(bind.where);
  return object;
}

/// The backend's lock is held.
CheckFacts check_facts(const servers::Server& server) {
  CheckFacts check;
  check.active = servers::is_checked(server);
  check.shown = servers::shows_check(server);
  check.status = servers::check_status_text(server);
  check.meaning = servers::check_description(server.check.status);
  check.code = servers::has_code(server.check.status) ? server.check.code : 0;
  check.duration_ms = server.check.duration_ms;
  check.info = server.check.info;
  check.rise = server.conf.rise;
  check.fall = server.conf.fall;
  check.health = server.check.health;
  return check;
}

/// The backend's lock is held.
ObjectFacts server_facts(const config::Proxy& proxy, const servers::Server& server, Instant now) {
  ObjectFacts object = object_of(proxy, ObjectKind::Server, server.conf.name);
  read_counts(object, server.counters);
  object.id = server.conf.id;
  object.guid = server.conf.guid;
  object.admin = server.admin.load();
  object.operation = server.operation.load();
  object.check = check_facts(server);
  object.status = servers::status_text(server);
  object.queued = server.queued.load();
  object.queued_max = server.queued_max.load();
  object.queue_limit = server.conf.maxqueue;
  object.sessions = server.sessions.value();
  object.sessions_max = server.sessions.max();
  object.session_limit = server.maxconn.load();
  object.session_rate = rate_of(server.session_rate, now);
  object.last_session_s = seconds_ago(server.last_session_s.load(), now);
  object.since_change_s = seconds_since(server.last_change, now);
  object.downtime_s =
      static_cast<std::uint64_t>(std::chrono::duration_cast<std::chrono::seconds>(server.down_time).count());
  if (object.operation == servers::Operation::Stopped) object.downtime_s += object.since_change_s;
  object.queue_time = time_of(server.queue_time);
  object.connect_time = time_of(server.connect_time);
  object.response_time = time_of(server.response_time);
  object.total_time = time_of(server.total_time);
  object.user_weight = server.weight.load();
  object.initial_weight = server.conf.weight;
  object.weight = server.effective_weight(now);
  if (server.is_slow_starting()) object.throttle = server.throttle_percent(now);
  object.active = server.conf.backup ? 0 : 1;
  object.backup = server.conf.backup ? 1 : 0;
  object.idle_connections = server.idle_connections.load();
  object.used_connections = server.used_connections.load();
  if (server.conf.pool_max_conn >= 0)
    object.idle_limit = static_cast<std::uint32_t>(server.conf.pool_max_conn);
  object.address = address_text(server.where);
  return object;
}

void add_backend(ProxyFacts& proxy, servers::Backend& backend, Instant now) {
  ObjectFacts object = object_of(backend.conf, ObjectKind::Backend, "BACKEND");
  object.guid = backend.conf.guid;
  read_counts(object, backend.counters);
  object.has_servers = !backend.servers.empty();
  object.queued = backend.queued.value();
  object.queued_max = backend.queued.max();
  object.sessions = backend.sessions.value();
  object.sessions_max = backend.sessions.max();
  object.session_limit = std::max(backend.fullconn, 1U);  // no frontend leads here: haproxy shows 1
  object.session_rate = rate_of(backend.session_rate, now);
  object.last_session_s = seconds_ago(backend.last_session_s.load(), now);
  object.queue_time = time_of(backend.queue_time);
  object.connect_time = time_of(backend.connect_time);
  object.response_time = time_of(backend.response_time);
  object.total_time = time_of(backend.total_time);
  object.active = backend.usable_active();
  object.backup = backend.usable_backup();
  object.weight = object.user_weight = backend.total_weight(now);
  object.algorithm = algorithm_word(backend.conf.algorithm);
  const bool up = backend.is_up();
  object.status = up ? "UP" : "DOWN";

  const std::lock_guard lock{backend.mutex};
  object.since_change_s = seconds_since(backend.last_change, now);
  object.down_transitions = backend.down_transitions;
  object.downtime_s =
      static_cast<std::uint64_t>(std::chrono::duration_cast<std::chrono::seconds>(backend.down_time).count());
  if (!up) object.downtime_s += object.since_change_s;
  for (const auto& server : backend.servers) {
    proxy.servers.push_back(server_facts(backend.conf, *server, now));
    object.idle_connections += proxy.servers.back().idle_connections;
    object.used_connections += proxy.servers.back().used_connections;
  }
  proxy.backend = std::move(object);
}

std::string host_name() {
  std::array<char, 256> name{};
  if (::gethostname(name.data(), name.size() - 1) != 0) return {};
  return name.data();
}

/// What runs as a task of its own: clients' sessions, acceptors, health checks.
std::uint32_t tasks_of(const session::Site& site, std::uint32_t listeners) {
  const session::Process& process = site.process;
  std::uint64_t count = process.counters.connections.value();
  count += std::uint64_t{listeners} * std::max<std::size_t>(process.workers.size(), 1);
  for (const auto& backend : site.backends)
    count += static_cast<std::uint64_t>(std::count_if(backend->servers.begin(), backend->servers.end(),
                                                      [](const auto& server) { return server->conf.check; }));
  return static_cast<std::uint32_t>(count);
}

}  // namespace

ProxyFacts gather_proxy(const session::Site& site, std::size_t proxy_index, Instant now) {
  const config::Proxy& conf = *site.config->proxies[proxy_index];
  ProxyFacts proxy;
  proxy.name = conf.name;
  proxy.description = conf.description;
  proxy.id = conf.id;
  proxy.http = conf.mode == config::Mode::Http;
  proxy.is_frontend = conf.is_frontend;
  proxy.is_backend = conf.is_backend;
  if (const listen::Frontend* frontend = site.frontend_of[proxy_index]) {
    proxy.frontend = frontend_facts(site.process, *frontend, now);
    if (conf.socket_stats)
      for (std::size_t i = 0; i < frontend->listeners.size(); ++i)
        proxy.listeners.push_back(listener_facts(*frontend, *frontend->listeners[i], i));
  }
  if (servers::Backend* backend = site.backend_of[proxy_index]) add_backend(proxy, *backend, now);
  return proxy;
}

InfoFacts gather_info(const session::Site& site, Instant now) {
  const session::Process& process = site.process;
  const config::Global& global = site.config->global;
  InfoFacts info;
  info.version = lib::base::product().version;
  info.release_date = lib::base::product().released;
  info.node = global.node.empty() ? host_name() : global.node;
  info.description = global.description;
  info.threads = static_cast<std::uint32_t>(process.workers.size());
  info.pid = ::getpid();
  if (now > process.started) info.uptime_s = std::chrono::duration<double>(now - process.started).count();
  info.start_time_s = static_cast<std::uint64_t>(
      std::chrono::duration_cast<std::chrono::seconds>(process.started_wall.time_since_epoch()).count());
  info.memory_limit_mb = process.memory_limit_mb;
  const struct mallinfo2 heap = ::mallinfo2();  // the C library's heap is the pool that all others take from
  info.pool_bytes = heap.arena + heap.hblkhd;
  info.pool_used_bytes = heap.uordblks + heap.hblkhd;
  info.ulimit_n = process.ulimit_n;
  info.maxsock = process.maxsock;
  info.maxconn = process.maxconn.load();
  info.hard_maxconn = process.hard_maxconn;
  info.connections = process.counters.connections.value();
  for (const auto& backend : site.backends) info.streams += backend->sessions.value();
  info.connections_total = process.counters.connections_total.load();
  info.requests_total = process.counters.requests_total.load();
  info.bytes_out = process.counters.bytes_out.load();
  info.bytes_out_rate = process.counters.bytes_out_rate.load();
  info.connection_rate = process.counters.connection_rate.per_second(now);
  info.connection_rate_limit = global.max_conn_rate;
  info.connection_rate_max = process.counters.connection_rate.max();
  info.session_rate = process.counters.session_rate.per_second(now);
  info.session_rate_limit = global.max_sess_rate;
  info.session_rate_max = process.counters.session_rate.max();
  for (const auto& frontend : site.frontends)
    info.listeners += static_cast<std::uint32_t>(frontend->listeners.size());
  info.tasks = tasks_of(site, info.listeners);
  info.listeners += static_cast<std::uint32_t>(global.stats_sockets.size());
  info.idle_percent = process.counters.idle_percent.load();
  info.stopping = process.stopping.load();
  info.dropped_logs = process.counters.dropped_logs.load();
  info.maxconn_reached = process.maxconn_reached.load();
  info.warnings = process.warnings;
  info.bugs = lib::base::bug_count();
  return info;
}

std::string_view algorithm_word(config::Algorithm algorithm) {
  constexpr auto kWords = std::to_array<std::string_view>(
      {"roundrobin", "static-rr", "leastconn", "first", "random", "source", "uri", "url_param", "hdr", "rdp-cookie", "hash"});
  return kWords[static_cast<std::size_t>(algorithm)];
}

std::string address_text(const lib::net::Endpoint& where) {
  using Kind = lib::net::Endpoint::Kind;
  if (where.kind == Kind::Ip) return where.ip.text();
  return where.kind == Kind::InheritedFd ? "fd" : "unix";
}

}  // namespace proxyd::stats
