// A server taken up as a state file says that it was ("load-server-state-from-file").
#include <algorithm>
#include <chrono>

#include <fmt/format.h>

#include "proxyd/config/server_state.h"
#include "proxyd/servers/backend.h"
#include "proxyd/servers/report.h"

namespace proxyd::servers {

namespace {

constexpr int kNotice = 5;  // of syslog
constexpr std::uint32_t kCheckConfigured = 2, kCheckEnabled = 4;  // bits of srv_check_state

void restore_check(Server& server, const config::ServerState& was) {
  const std::uint32_t best = server.conf.rise + server.conf.fall - 1;
  CheckReport& check = server.check;
  check.status = check_status_of(was.check_status);
  check.result = was.check_result;
  check.health = static_cast<Operation>(was.operation) == Operation::Running ? best : std::min(was.check_health, best);
  if ((was.check_bits & kCheckConfigured) != 0 && (was.check_bits & kCheckEnabled) == 0) check.enabled = false;
  if (was.check_port != 0) server.check_port = was.check_port;
  if (was.check_address) server.check_address = was.check_address;
}

/// What an operator had forced. What the configuration said then counts no more, what it says now does.
std::uint8_t forced_by(const config::ServerState& was) {
  if ((was.admin & kForcedMaint) != 0 && (was.admin & kConfigMaint) == 0) return kForcedMaint;
  return static_cast<std::uint8_t>(was.admin & kForcedDrain);
}

}  // namespace

void Backend::restore_operation_locked(Server& server, const config::ServerState& was, Instant now, Events& events) {
  const bool in_maintenance = (server.admin & kForcedMaint) != 0;
  const auto wanted = in_maintenance ? Operation::Stopped : static_cast<Operation>(was.operation);
  if (static_cast<Operation>(was.operation) == Operation::Stopped) server.check.health = 0;
  if (wanted != Operation::Starting && wanted != server.operation)
    return operation_locked(server, wanted, ", changed from server-state after a reload", now, events);
  const bool was_up = is_up();
  if (wanted == Operation::Starting && server.conf.slow_start != Duration::zero()) {
    server.operation = Operation::Starting;
    server.slow_start_began = now - std::chrono::seconds{was.since_s};
  }
  (void)apply_locked(server, now);
  if ((server.admin & kForcedDrain) != 0)
    events.push_back({.level = kNotice, .text = fmt::format("{} remains in forced drain mode.", title(server)), .proxy = &conf, .console_text = {}});
  note_backend_state_locked(was_up, now, events);
}

void Backend::restore(Server& server, const config::ServerState& was, Instant now) {
  Events events;
  {
    const std::lock_guard guard{mutex};
    if (!server.conf.disabled) server.admin = forced_by(was);
    if (was.initial_weight == server.conf.weight) server.weight = was.weight;
    if (server.where.kind == lib::net::Endpoint::Kind::Ip && !server.conf.port_is_mapped && was.port != 0) {
      server.where.ip.set_port(was.port);
      server.make_dynamic_cookie();
    }
    restore_check(server, was);
    restore_operation_locked(server, was, now, events);
    server.last_change = now - std::chrono::seconds{was.since_s};
  }
  for (StateEvent& event : events)
    event.console_text = "config : " + (event.console_text.empty() ? event.text : event.console_text);
  emit(events);
}

}  // namespace proxyd::servers
