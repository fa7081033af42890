#include "proxyd/servers/server.h"

#include <algorithm>

#include "lib/base/hash.h"
#include "proxyd/config/server_tls.h"
#include "proxyd/servers/address_bytes.h"
#include "proxyd/servers/backend.h"
#include "proxyd/servers/queue.h"

namespace proxyd::servers {

namespace {

/// A slow start raises the weight in this many steps; the algorithms see weights in these parts.
constexpr std::uint32_t kWeightParts = 16;

}  // namespace

Server::Server(const config::Server& configuration, Backend& owner, unsigned threads, const Server* before)
    : conf{configuration}, backend{owner}, state{before != nullptr ? before->state : std::make_shared<ServerState>(threads)} {
  if (before == nullptr) begin();
  else go_on_from(*before);
  const config::ConnectSource& source = conf.source;
  const bool same_ports = before != nullptr && before->ports != nullptr && before->conf.source.address.port() == source.address.port() &&
                          before->conf.source.high_port == source.high_port;
  if (source.has_range()) ports = same_ports ? before->ports : std::make_shared<PortPool>(source.address.port(), source.high_port);
  note_individual();
  make_dynamic_cookie();
  state->bodies.push_back(this);
}

void Server::begin() {
  weight = conf.weight;
  maxconn = std::max(conf.maxconn, conf.minconn);
  where = conf.where;
  check_address = conf.check_address;
  check_port = conf.check_port;
  set_tls(conf.tls != nullptr && conf.tls->is_on);
  check.health = conf.rise;  // up, and down at the first failure
  if (conf.disabled) {
    admin = kForcedMaint | kConfigMaint;
    operation = Operation::Stopped;
    check.health = 0;
  }
}

/// What the files say anew counts, what was set at run time stays where they say what they said before.
void Server::go_on_from(const Server& before) {
  const config::Server& old = before.conf;
  if (old.weight != conf.weight) weight = conf.weight;
  if (old.maxconn != conf.maxconn || old.minconn != conf.minconn) maxconn = std::max(conf.maxconn, conf.minconn);
  if (old.check_address != conf.check_address) check_address = conf.check_address;
  if (old.check_port != conf.check_port) check_port = conf.check_port;
  const bool was_tls = old.tls != nullptr && old.tls->is_on, is_tls = conf.tls != nullptr && conf.tls->is_on;
  if (was_tls != is_tls) set_tls(is_tls);
  const bool is_elsewhere = !(old.where == conf.where);
  if (is_elsewhere) where = conf.where;
  if (is_elsewhere || old.text != conf.text) ++pool_generation;

  const std::uint32_t old_best = old.rise + old.fall - 1, best = conf.rise + conf.fall - 1;
  const bool is_well = check.health >= old.rise;
  check.health = check.health == old_best ? best : is_well ? std::max(conf.rise, std::min(check.health, best)) : std::min(check.health, conf.rise - 1);
  if (old.disabled != conf.disabled) {
    admin = conf.disabled ? kForcedMaint | kConfigMaint : 0;
    operation = conf.disabled ? Operation::Stopped : Operation::Running;
    check.health = conf.disabled ? 0 : conf.rise;
    last_change = lib::base::monotonic_now();
  }
  const bool was_fresh = !is_elsewhere && conf.check;  // else nobody would find out any more that it is well
  if (!was_fresh && (admin.load() & kForcedMaint) == 0 && operation.load() == Operation::Stopped) {
    operation = Operation::Running;
    check.health = conf.rise;
    last_change = lib::base::monotonic_now();
  }
}

Server::~Server() { std::erase(state->bodies, this); }

void Server::note_individual() {
  const config::ConnectSource& source = conf.source.is_set ? conf.source : backend.conf.source;
  const bool by_address = where.kind == lib::net::Endpoint::Kind::Ip && (conf.port_is_mapped || where.ip.is_any());
  individual_.store(by_address || source.spoof != config::ConnectSource::Spoof::None || conf.send_proxy.is_on() ||
                        conf.client_namespace || (speaks_tls() && conf.tls->sni != nullptr),
                    std::memory_order_relaxed);
}

bool Server::is_usable() const {
  const Operation now = operation.load(std::memory_order_relaxed);
  return (now == Operation::Running || now == Operation::Starting) &&
         (admin.load(std::memory_order_relaxed) & (kForcedMaint | kForcedDrain)) == 0 && weight.load(std::memory_order_relaxed) != 0;
}

bool Server::accepts_persistent() const {
  return operation.load(std::memory_order_relaxed) != Operation::Stopped &&
         (admin.load(std::memory_order_relaxed) & kForcedMaint) == 0;
}

bool Server::is_full() const {
  // The clock counts only while a slow start lowers the limit.
  const std::uint32_t limit =
      connection_limit(is_slow_starting() ? lib::base::monotonic_now() : Instant{});
  return limit != 0 && sessions.value() >= limit;
}

std::uint32_t Server::throttle_percent(Instant now) const {
  if (!is_slow_starting() || conf.slow_start <= Duration::zero()) return 100;
  const auto percent = (now - slow_start_began) * 100 / conf.slow_start;
  return static_cast<std::uint32_t>(std::clamp<std::int64_t>(percent, 1, 100));
}

std::uint32_t Server::balanced_weight(Instant now) const {
  const std::uint32_t full = weight.load(std::memory_order_relaxed);
  if (!is_slow_starting() || conf.slow_start <= Duration::zero()) return full * kWeightParts;
  const std::int64_t steps = (now - slow_start_began) * kWeightParts / conf.slow_start + 1;
  return full * static_cast<std::uint32_t>(std::clamp<std::int64_t>(steps, 1, kWeightParts));
}

std::uint32_t Server::effective_weight(Instant now) const {
  return (balanced_weight(now) + kWeightParts - 1) / kWeightParts;
}

std::uint32_t Server::connection_limit(Instant now) const {
  const std::uint32_t most = maxconn.load(std::memory_order_relaxed);
  if (most == 0) return 0;
  std::uint64_t limit = most;
  const std::uint32_t full_load = backend.fullconn;
  const std::uint32_t load = backend.sessions.value();
  if (conf.minconn != 0 && conf.minconn < most && full_load != 0 && load < full_load) {
    limit = std::max<std::uint64_t>(conf.minconn, std::uint64_t{load} * most / full_load);
  }
  if (is_slow_starting()) limit = std::max<std::uint64_t>(1, limit * throttle_percent(now) / 100);
  return static_cast<std::uint32_t>(limit);
}

std::string_view Server::cookie(std::array<char, 16>& room) const {
  const std::uint64_t dynamic = dynamic_cookie.load(std::memory_order_relaxed);
  if (dynamic == 0) return conf.cookie;
  constexpr std::string_view kDigits = "0123456789abcdef";
  for (std::size_t at = 0; at < room.size(); ++at) room[at] = kDigits[(dynamic >> (60 - 4 * at)) & 15];
  return {room.data(), room.size()};
}

/// XXH64 over key, address and port (four bytes, the most significant first), as the original makes it.
void Server::make_dynamic_cookie() {
  const config::Proxy& proxy = backend.conf;
  const AddressBytes address{where.ip};
  const bool is_wanted = proxy.cookie.dynamic && !proxy.dynamic_cookie_key.empty() && conf.cookie.empty();
  if (!is_wanted || address.empty()) return;
  std::string text = proxy.dynamic_cookie_key;
  for (const std::uint8_t byte : address.view()) text += static_cast<char>(byte);
  const std::uint16_t port = where.ip.port();
  text.append(2, '\0');
  text += static_cast<char>(port >> 8);
  text += static_cast<char>(port & 255);
  dynamic_cookie.store(lib::base::hash_xxh64(text, 0), std::memory_order_relaxed);
}

std::string Server::full_name() const { return backend.conf.name + "/" + conf.name; }

}  // namespace proxyd::servers
