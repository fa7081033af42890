#include "proxyd/session/back.h"

#include <sys/socket.h>

#include <algorithm>
#include <cerrno>

#include "lib/net/socket.h"
#include "proxyd/session/http2_back.h"

namespace proxyd::session {
namespace {

void note_used(servers::ServerState& server) {
  const std::uint32_t used = server.used_connections.fetch_add(1, std::memory_order_relaxed) + 1;
  if (used > server.used_peak.load(std::memory_order_relaxed)) server.used_peak.store(used, std::memory_order_relaxed);
}

/// How many idle connections are looked at for one that belongs to the client: bounded work on every request's way.
constexpr std::size_t kLookAtMost = 256;

/// More connections than were ever used at once of late would only fill up both sides' tables.
bool is_surplus(const servers::Server& server) {
  const std::uint32_t need = std::max(server.used_peak.load(std::memory_order_relaxed),
                                      server.used_peak_before.load(std::memory_order_relaxed));
  const std::uint32_t others = server.used_connections.load(std::memory_order_relaxed) - 1;  // without the one put back
  const std::uint32_t kept = server.idle_connections.load(std::memory_order_relaxed);
  return kept >= server.conf.pool_low_conn && others + kept >= need;
}

/// What the kernel tells of was the layer's own affair: nothing came for us, and nobody closed.
bool descriptor_has_nothing(BackConnection& connection) {
  return connection.descriptor.layer() != nullptr && connection.descriptor.peek() < 0 && errno == EAGAIN;
}

}  // namespace

BackConnection::BackConnection(lib::event::Loop& loop, lib::base::UniqueFd fd, servers::Server& to)
    : descriptor{loop, std::move(fd)}, state{to.state}, server{&to}, generation{to.pool_generation.load(std::memory_order_relaxed)} {
  note_used(*state);
}

BackConnection::BackConnection(lib::event::Loop& loop, std::shared_ptr<Http2Back> shared, servers::Server& to)
    : carrier{std::move(shared)}, tls{carrier->carrier().tls}, state{to.state}, server{&to}, generation{carrier->carrier().generation},
      binding{carrier->carrier().binding} {
  descriptor.open_virtual(loop);
}

int BackConnection::socket() const { return carrier != nullptr ? carrier->carrier().socket() : descriptor.fd(); }

void BackConnection::set_idle(bool idle) {
  is_idle = idle;
  (idle ? state->used_connections : state->idle_connections).fetch_sub(1, std::memory_order_relaxed);
  if (idle) state->idle_connections.fetch_add(1, std::memory_order_relaxed);
  else note_used(*state);
}

void BackConnection::need_no_delay() {
  if (!no_delay) lib::net::set_no_delay(descriptor.fd());
  no_delay = true;
}

bool BackConnection::say_foreword(bool more_follows) {
  while (!foreword.empty()) {
    const ssize_t sent = descriptor.send(foreword, more_follows);
    if (sent < 0) return false;
    foreword.erase(0, static_cast<std::size_t>(sent));
  }
  return true;
}

BackConnection::~BackConnection() {
  if (carrier != nullptr) {
    carrier->release();
    return;
  }
  if (lent_port != 0) {
    descriptor.put_layer(nullptr);  // it says goodbye before its socket is closed
    descriptor.close();  // before another connection may have its port
    ports->give_back(lent_port);
  }
  (is_idle ? state->idle_connections : state->used_connections).fetch_sub(1, std::memory_order_relaxed);
}

IdlePool::~IdlePool() { clear(); }

void IdlePool::clear() {
  for (auto& list : idle_)
    while (!list.empty()) drop(list.front());
}

std::size_t IdlePool::count(const servers::Server& server) {
  std::size_t count = 0;
  auto& list = idle_[server.number];
  for (auto at = list.begin(); at != list.end(); ++at) ++count;
  return count;
}

void IdlePool::drop(BackConnection& connection) {
  connection.lib::base::ListHook<BackConnection>::unlink();
  lib::net::set_reset_on_close(connection.descriptor.fd());  // idle: nothing to lose, and no TIME_WAIT to keep
  const BackPtr owner{&connection};
}

void IdlePool::on_idle_event(lib::event::Descriptor& descriptor, void* context) noexcept {
  BackConnection& connection = *static_cast<BackConnection*>(context);
  // TLS speaks of itself between requests: new tickets, for one.
  if (descriptor_has_nothing(connection)) return;
  connection.state->broke_off.store(descriptor.now(), std::memory_order_relaxed);
  drop(connection);  // it closed, or spoke out of turn: useless either way
}

BackPtr IdlePool::take(servers::Server& server, std::string_view binding) {
  auto& list = idle_[server.number];
  const std::uint32_t generation = server.pool_generation.load(std::memory_order_relaxed);
  std::size_t looked_at = 0;
  for (auto at = list.begin(); at != list.end() && looked_at < kLookAtMost; ++looked_at) {
    BackConnection& connection = *at;
    ++at;
    if (connection.generation != generation) {
      drop(connection);
      continue;
    }
    if (connection.binding != binding) continue;  // another client's
    connection.lib::base::ListHook<BackConnection>::unlink();
    connection.descriptor.when_idle(nullptr, nullptr);
    connection.set_idle(false);
    connection.server = &server;
    return BackPtr{&connection};
  }
  return nullptr;
}

void IdlePool::put(BackPtr connection, lib::base::Instant now) {
  servers::Server& server = *connection->server;
  const config::Server& conf = server.conf;
  // What the layer holds already: tickets, or that it said too much, or goodbye.
  if (connection->descriptor.standing() != 0 && !descriptor_has_nothing(*connection)) return;
  if (conf.pool_max_conn >= 0 &&
      server.idle_connections.load(std::memory_order_relaxed) >= static_cast<std::uint32_t>(conf.pool_max_conn))
    return;
  if (is_surplus(server)) {
    lib::net::set_reset_on_close(connection->descriptor.fd());
    return;
  }
  if (conf.max_reuse >= 0 && connection->uses > static_cast<std::uint32_t>(conf.max_reuse)) return;
  if (connection->generation != server.pool_generation.load(std::memory_order_relaxed)) return;
  connection->idle_since = now;
  connection->kept_for = conf.pool_purge_delay;
  connection->set_idle(true);
  connection->descriptor.when_idle(&IdlePool::on_idle_event, connection.get());
  idle_[server.number].push_front(*connection.release());
}

void IdlePool::purge(lib::base::Instant now) {
  for (auto& list : idle_) {
    std::size_t old = 0;
    for (BackConnection& connection : list)
      if (now - connection.idle_since >= connection.kept_for) ++old;
    for (std::size_t i = 0; i < (old + 1) / 2; ++i) drop(list.back());  // the least recently used
  }
}

}  // namespace proxyd::session
