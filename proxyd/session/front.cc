#include "proxyd/session/front.h"

#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>

#include "lib/net/socket.h"
#include "proxyd/config/bind_tls.h"
#include "proxyd/session/handshake.h"

namespace proxyd::session {
namespace {

constexpr Duration kLingerAtMost{1'000'000};
constexpr std::size_t kLingerBytes = 1U << 20;

}  // namespace

Front::Front(Worker& owner, listen::Frontend& through, listen::Listener& by, lib::base::UniqueFd fd,
             const lib::net::Address& peer)
    : worker{owner}, site{owner.newest()}, frontend{&through}, listener{&by}, descriptor{owner.loop, std::move(fd)}, waiter{owner.loop},
      accepted_wall{lib::base::wall_now()} {
  info.front = this;
  info.frontend = &through;
  info.source = peer;
  info.began = owner.loop.now();
  ready = idle_since = info.began;
  expects_proxy = by.conf->accept_proxy;
  expects_netscaler = by.conf->accept_netscaler;
  netscaler_magic = by.conf->netscaler_magic;
  info.waiter = &waiter;
  info.id = owner.next_session_id();
  owner.sessions.push_back(info);
  if (by.conf->nice != 0) be_nice(by.conf->nice);
}

Front::Front(Front& connection)
    : worker{connection.worker}, carrier{&connection}, site{connection.site}, frontend{connection.frontend}, listener{connection.listener},
      waiter{connection.worker.loop}, tls{connection.tls}, accepted_wall{connection.accepted_wall},
      requests{connection.requests++}, idle_since{connection.idle_since}, ready{connection.ready} {
  descriptor.open_virtual(worker.loop);
  descriptor.set_priority(connection.descriptor.priority());
  info.front = this;
  info.frontend = frontend;
  info.source = connection.info.source;
  info.began = connection.info.began;
  info.waiter = &waiter;
  info.id = worker.next_session_id();
  worker.sessions.push_back(info);
  if (connection.announced != nullptr) announced = std::make_unique<Announced>(*connection.announced);
}

void Front::be_nice(int nice) {
  constexpr int kMuch = 512;  // the loop knows two steps on either side
  const int steps = nice == 0 ? 0 : std::abs(nice) < kMuch ? 1 : 2;
  descriptor.set_priority(nice > 0 ? -steps : steps);
}

Front::~Front() {
  if (!is_dry && carrier == nullptr) listen::give_back(*frontend, *listener, worker.accept_limits());
}

void Front::follow_reload() {
  SiteHold& newest = worker.newest();
  if (site.holds(newest)) return;
  const auto found = newest.site->frontend_by_name.find(conf().name);
  if (found == newest.site->frontend_by_name.end()) return;
  for (const auto& each : found->second->listeners) {
    if (each->state != listener->state) continue;
    frontend = found->second;
    listener = each.get();
    info.frontend = frontend;
    info.backend = nullptr;
    info.server = nullptr;
    last_server = last_server != nullptr ? newest.site->find_same(*last_server->state) : nullptr;
    std::erase_if(own_backs, [&](const BackPtr& back) {
      back->server = newest.site->find_same(*back->state);
      return back->server == nullptr;
    });
    site = SitePin{newest};
    return;
  }
}

const lib::net::Namespace* Front::client_namespace() const {
  if (announced != nullptr && announced->name_space != nullptr) return announced->name_space;
  return listener->conf->name_space.get();
}

void Front::count_connection() {
  ProcessCounters& process = worker.process.counters;
  process.connections_total.fetch_add(1, std::memory_order_relaxed);
  process.connection_rate.tick(now());
  frontend->connection_rate.tick(now());
  counters()[servers::Count::ConnTot].add();
  if (listener->counters) listener->counters->of(worker.index)[servers::Count::SessTot].add();  // what its "stot" shows
}

void Front::count_session() {
  using servers::Count;
  worker.process.counters.session_rate.tick(now());
  frontend->session_rate.tick(now());
  counters()[Count::SessTot].add();
  const logs::ProxyLogger& logger = *frontend->logger;
  if (!logger.is_on() || logger.logs_streams()) return;
  logs::LogRecord record;
  record.client = client();
  record.destination = destination();
  record.accepted = accepted_wall;
  logger.write_connect(*worker.log, record);
}

Front::Announced& Front::announcement() {
  if (announced == nullptr) announced = std::make_unique<Announced>();
  return *announced;
}

void Front::set_source(const lib::net::Address& source) {
  Announced& said = announcement();
  if (said.real_source.family() == AF_UNSPEC) said.real_source = info.source;
  info.source = source;
}

void Front::set_destination(const lib::net::Address& destination) { announcement().destination = destination; }

lib::net::Address Front::destination() const {
  return announced != nullptr && announced->destination.is_ip() ? announced->destination : real_destination();
}

lib::net::Address Front::real_destination() const {
  const bool is_changed = announced != nullptr && announced->real_destination.family() != AF_UNSPEC;
  return is_changed ? announced->real_destination : lib::net::local_address(socket());
}

void Front::vanish(std::uint8_t reset_ttl) {
  lib::net::set_silent_close(socket(), reset_ttl);
  if (carrier != nullptr) carrier->info.kill();
}

bool Front::expects_tls() const { return listener->conf->tls != nullptr && listener->conf->tls->is_on; }

lib::event::Task<bool> send_all(Front& front, std::string_view bytes) {
  const Duration patience = front.conf().timeouts.client;
  while (!bytes.empty()) {
    const ssize_t sent = front.descriptor.send(bytes);
    if (sent >= 0) {
      bytes.remove_prefix(static_cast<std::size_t>(sent));
      continue;
    }
    if (errno != EAGAIN) co_return false;
    const Instant deadline = lib::base::deadline_after(front.now(), patience);
    const lib::event::Wake wake = co_await front.waiter.ready(front.descriptor, lib::event::kWrite, deadline);
    if (wake.timed_out() || (wake.notified && front.info.take_kill())) co_return false;
  }
  co_return true;
}

lib::event::Task<void> linger(Front& front) {
  const FrontError unfinished = co_await finish_handshake(front);  // before its end nobody can say goodbye
  if (unfinished != FrontError::None) co_return;
  if (!front.descriptor.end_sending()) co_return;  // gone already
  const Duration configured = front.conf().timeouts.client_fin;
  const Duration patience = configured.count() > 0 ? std::min(configured, kLingerAtMost) : kLingerAtMost;
  const Instant deadline = front.now() + patience;
  const BufferPtr waste = front.worker.buffers->normal.take();
  for (std::size_t read = 0; read < kLingerBytes;) {
    const ssize_t got = front.descriptor.receive(waste->data, waste->capacity);
    if (got > 0) {
      read += static_cast<std::size_t>(got);
      continue;
    }
    if (got == 0 || errno != EAGAIN) co_return;
    const lib::event::Wake wake = co_await front.waiter.ready(front.descriptor, lib::event::kRead, deadline);
    if (wake.timed_out() || (wake.notified && front.info.take_kill())) co_return;
  }
}

}  // namespace proxyd::session
