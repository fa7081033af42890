#include "proxyd/servers/backend.h"

#include <algorithm>
#include <chrono>
#include <unordered_map>

#include "proxyd/balance/balancer.h"
#include "proxyd/balance/first.h"
#include "proxyd/balance/hash_map.h"
#include "proxyd/balance/hash_ring.h"
#include "proxyd/balance/least_conn.h"
#include "proxyd/balance/random_draw.h"
#include "proxyd/balance/round_robin.h"
#include "proxyd/servers/address_bytes.h"
#include "proxyd/servers/queue.h"

namespace proxyd::servers {

namespace {

std::unique_ptr<balance::Balancer> make_balancer(const config::Proxy& conf) {
  using balance::RoundRobin;
  switch (conf.algorithm) {
    case config::Algorithm::RoundRobin: return std::make_unique<RoundRobin>(RoundRobin::Order::Smooth);
    case config::Algorithm::StaticRr: return std::make_unique<RoundRobin>(RoundRobin::Order::Static);
    case config::Algorithm::LeastConn: return std::make_unique<balance::LeastConn>();
    case config::Algorithm::First: return std::make_unique<balance::First>();
    case config::Algorithm::Random:
      return std::make_unique<balance::RandomDraw>(conf.random_draws, conf.hash_balance_factor);
    case config::Algorithm::Source:
    case config::Algorithm::Uri:
    case config::Algorithm::UrlParam:
    case config::Algorithm::Header:
    case config::Algorithm::RdpCookie:
    case config::Algorithm::Hash: break;
  }
  if (conf.hash_type.consistent) return std::make_unique<balance::HashRing>(conf.hash_balance_factor, conf.hash_affinity);
  return std::make_unique<balance::HashMap>(conf.hash_affinity);
}

std::uint32_t ring_base_of(const Server& server) {
  const AddressBytes address{server.where.ip};
  // What has no address (a UNIX socket), or no GUID where that is asked for, is placed by its number.
  const balance::RingKey wanted = server.conf.ring_key;
  const bool can_be = wanted == balance::RingKey::Guid ? !server.conf.guid.empty() : !address.empty();
  return balance::ring_base(can_be ? wanted : balance::RingKey::Id, server.conf.id, server.conf.guid, address.view(), server.where.ip.port());
}

}  // namespace

/// What the algorithms see of the servers' load. Used under the lock.
class Backend::View final : public balance::LoadView {
 public:
  View(const Backend& backend, Instant now) : backend_{backend}, now_{now} {}
  std::uint32_t load(std::uint32_t slot) const override {
    const Server& server = *backend_.servers[slot];
    return server.sessions.value() + server.queued.load(std::memory_order_relaxed);
  }
  std::uint32_t served(std::uint32_t slot) const override { return backend_.servers[slot]->sessions.value(); }
  bool is_full(std::uint32_t slot) const override {
    const Server& server = *backend_.servers[slot];
    const std::uint32_t limit = server.connection_limit(now_);
    if (limit == 0) return false;
    return server.sessions.value() >= limit || server.queued.load(std::memory_order_relaxed) != 0;
  }
  bool is_queue_full(std::uint32_t slot) const override {
    const Server& server = *backend_.servers[slot];
    return server.conf.maxqueue != 0 && server.queued.load(std::memory_order_relaxed) >= server.conf.maxqueue;
  }

 private:
  const Backend& backend_;
  Instant now_;
};

Backend::Backend(std::shared_ptr<const config::Config> whole, const config::Proxy& configuration, unsigned threads, EventSink on_event,
                 Backend* before)
    : conf{configuration}, fullconn{configuration.fullconn_at(configuration.maxconn)},
      state{before != nullptr ? before->state : std::make_shared<BackendState>(threads)}, whole_{std::move(whole)},
      balancer_{make_balancer(conf)}, on_event_{std::move(on_event)} {
  const Instant now = lib::base::monotonic_now();
  const std::lock_guard guard{mutex};
  if (before == nullptr) last_change = now;
  else fullconn = before->fullconn;
  std::unordered_map<std::string_view, const Server*> known;
  if (before != nullptr)
    for (const auto& server : before->servers) known.emplace(server->conf.name, server.get());
  for (const config::Server& server : conf.servers) {
    const auto found = known.find(server.name);
    const Server* const same = found == known.end() ? nullptr : found->second;
    servers.push_back(std::make_unique<Server>(server, *this, threads, same));
    servers.back()->index = static_cast<std::uint32_t>(servers.size() - 1);
    if (same == nullptr) servers.back()->last_change = now;
  }
  if (conf.direct) {
    direct = std::make_unique<Server>(*conf.direct, *this, threads, before != nullptr ? before->direct.get() : nullptr);
    direct->is_direct = true;
  }
  rebuild_locked(now);
  if (balancer_->wants_load()) state->wants_load.store(true);
  state->bodies.push_back(this);
}

Backend::~Backend() {
  const std::lock_guard guard{mutex};
  std::erase(state->bodies, this);
  direct.reset();
  servers.clear();
}

void Backend::become_newest() {
  const std::lock_guard guard{mutex};
  state->newest = weak_from_this();
}

Server* Backend::find_server(std::string_view name) {
  const auto found = std::find_if(servers.begin(), servers.end(),
                                  [&](const auto& server) { return server->conf.name == name; });
  return found == servers.end() ? nullptr : found->get();
}

std::string Backend::full_name() const {
  return (conf.is_frontend ? "proxy " : "backend ") + conf.name;
}

std::uint32_t Backend::usable_active() const { return usable_active_.load(std::memory_order_relaxed); }
std::uint32_t Backend::usable_backup() const { return usable_backup_.load(std::memory_order_relaxed); }

std::uint32_t Backend::total_weight(Instant now) {
  const std::lock_guard guard{mutex};
  std::uint32_t total = 0;
  for (const auto& server : servers) {
    if (server->in_use) total += server->effective_weight(now);
  }
  return total;
}

/// Backup servers serve only when no active one can: the first of them, or all with "option allbackups".
void Backend::choose_in_use_locked() {
  std::uint32_t active = 0, backup = 0;
  for (const auto& server : servers) {
    if (server->is_usable()) ++(server->conf.backup ? backup : active);
  }
  bool backup_chosen = false;
  for (const auto& server : servers) {
    server->in_use = server->is_usable() && (active == 0) == server->conf.backup;
    if (!server->in_use || !server->conf.backup || conf.all_backups) continue;
    server->in_use = !backup_chosen;
    backup_chosen = true;
  }
  usable_active_.store(active, std::memory_order_relaxed);
  usable_backup_.store(backup, std::memory_order_relaxed);
  is_up_.store(active + backup != 0 || servers.empty(), std::memory_order_relaxed);
}

void Backend::rebuild_locked(Instant now) {
  next_rebuild_ = lib::base::kNever;
  for (const auto& server : servers) {
    if (!server->is_slow_starting()) continue;
    if (now - server->slow_start_began >= server->conf.slow_start) {
      server->operation = Operation::Running;
    } else {
      next_rebuild_ = std::min(next_rebuild_, now + server->conf.slow_start / 16);
    }
  }
  choose_in_use_locked();
  std::vector<balance::Candidate> candidates;
  candidates.reserve(servers.size());
  for (const auto& server : servers) {
    if (!server->in_use) continue;
    candidates.push_back({.slot = server->index,
                          .id = server->conf.id,
                          .weight = server->balanced_weight(now),
                          .ring_base = ring_base_of(*server)});
  }
  balancer_->rebuild(candidates, View{*this, now});
}

/// What changed about a server's state changes the order of all configurations' balancing.
void Backend::rebuild_all_locked(Instant now) {
  for (Backend* const each : state->bodies) each->rebuild_locked(now);
}

void Backend::load_changed_locked(const Server& server) {
  for (const Server* const each : server.state->bodies) {
    balance::Balancer& balancer = *each->backend.balancer_;
    if (balancer.wants_load()) balancer.on_load(each->index, server.sessions.value() + server.queued.load(std::memory_order_relaxed));
  }
}

void Backend::occupy_locked(Server& server) {
  server.sessions.up();
  load_changed_locked(server);
}

Server* Backend::pick_locked(const PickKey& key, Instant now, const Server* avoid, balance::Choice& choice) {
  if (now >= next_rebuild_) {
    rebuild_locked(now);
    for (const auto& server : servers) (void)serve_queues_locked(*server, now);  // limits have grown
  }
  const balance::Question question{
      .hash = key.hash,
      .has_hash = key.has_hash,
      .random = key.random,
      .avoid = avoid == nullptr ? balance::kNoServer : avoid->index};
  choice = balancer_->pick(question, View{*this, now});
  if (choice.slot == balance::kNoServer) return nullptr;
  Server& server = *servers[choice.slot];
  occupy_locked(server);
  return &server;
}

Server* Backend::pick(const PickKey& key, Instant now, const Server* avoid, bool& must_queue) {
  const std::lock_guard guard{mutex};
  balance::Choice choice;
  Server* const server = pick_locked(key, now, avoid, choice);
  must_queue = choice.must_queue;
  return server;
}

Server* Backend::peek(const PickKey& key, Instant now, bool& must_queue) {
  const std::lock_guard guard{mutex};
  const balance::Question question{.hash = key.hash, .has_hash = key.has_hash, .random = key.random, .avoid = balance::kNoServer};
  const balance::Choice choice = balancer_->peek(question, View{*this, now});
  must_queue = choice.must_queue;
  return choice.slot == balance::kNoServer ? nullptr : servers[choice.slot].get();
}

Backend::Taken Backend::take(Server& server, Instant now, bool even_down) {
  const std::lock_guard guard{mutex};
  if (!even_down && !server.accepts_persistent()) return Taken::Unusable;
  if (View{*this, now}.is_full(server.index)) return Taken::Full;
  occupy_locked(server);
  return Taken::Yes;
}

void Backend::release(Server& server, Instant now) {
  // Nobody can wait for a server without a limit, and only some algorithms look at the load.
  if (server.maxconn.load(std::memory_order_relaxed) == 0 && !state->wants_load.load(std::memory_order_relaxed)) {
    server.sessions.down();
    if (queued.value() == 0 || server.maxconn.load(std::memory_order_relaxed) == 0) return;
    const std::lock_guard guard{mutex};  // it got a limit just now, and somebody waits
    (void)serve_queues_locked(server, now);
    return;
  }
  const std::lock_guard guard{mutex};
  release_locked(server, now);
}

void Backend::release_locked(Server& server, Instant now) {
  server.sessions.down();
  load_changed_locked(server);
  (void)serve_queues_locked(server, now);
}

}  // namespace proxyd::servers
