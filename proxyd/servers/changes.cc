// Changes of a server's state: what they do to it, to its backend and to those who wait, and the lines about them.
#include <utility>

#include <fmt/format.h>

#include "proxyd/servers/backend.h"
#include "proxyd/servers/queue.h"
#include "proxyd/servers/report.h"

namespace proxyd::servers {

namespace {

// Levels of syslog.
constexpr int kEmerg = 0, kAlert = 1, kNotice = 5;

bool in_maintenance(const Server& server) { return (server.admin & kForcedMaint) != 0; }
bool in_drain(const Server& server) { return (server.admin & kForcedDrain) != 0; }

/// A server that took no new streams anyway goes down quietly.
int level_of_going_down(const Server& server) {
  return server.operation == Operation::Stopping || in_drain(server) ? kNotice : kAlert;
}

}  // namespace

void Backend::emit(const Events& events) const {
  if (!on_event_) return;
  for (const StateEvent& event : events) on_event_(event);
}

/// " 1 active and 0 backup servers left. 0 sessions active, 0 requeued, 0 remaining in queue."
std::string Backend::counts_locked(const Server& server, std::uint32_t moved) const {
  const bool is_stopped = server.operation == Operation::Stopped;
  std::string text = fmt::format(" {} active and {} backup servers {}.", usable_active(), usable_backup(),
                                 is_stopped ? "left" : "online");
  if (usable_active() == 0 && usable_backup() != 0) text += " Running on backup.";
  if (is_stopped) {
    text += fmt::format(" {} sessions active, {} requeued, {} remaining in queue.", server.sessions.value(), moved,
                        server.queued.load());
  } else {
    text += fmt::format(" {} sessions requeued, {} total in queue.", moved, server.queued.load());
  }
  return text;
}

/// Stopped, running (slowly at first where so configured) or stopping, with the accounts that go with it.
void Backend::move_operation_locked(Server& server, Operation next, Instant now) {
  const bool was_stopped = server.operation == Operation::Stopped;
  if (next == Operation::Running && was_stopped && server.conf.slow_start > Duration::zero()) {
    next = Operation::Starting;
    server.slow_start_began = now;
  }
  if (next == Operation::Stopped && !was_stopped) {
    server.counters.of(0)[Count::DownTransitions].add();  // written under this lock only, so cell 0 is safe
    ++server.pool_generation;
  }
  if (was_stopped && next != Operation::Stopped) server.down_time += now - server.last_change;
  server.operation = next;
  server.last_change = now;
}

/// The new state takes effect: balancing, and the queues. Returns how many waiting streams moved.
std::uint32_t Backend::apply_locked(Server& server, Instant now) {
  rebuild_all_locked(now);
  if (!server.accepts_persistent()) return requeue_locked(server);
  std::uint32_t moved = 0;
  for (const auto& each : servers) {
    const std::uint32_t served = serve_queues_locked(*each, now);
    if (each.get() == &server) moved = served;
  }
  return moved;
}

void Backend::note_backend_state_locked(bool was_up, Instant now, Events& events) {
  if (was_up == is_up()) return;
  if (!was_up) {
    down_time += now - last_change;
    last_change = now;
    return;
  }
  last_change = now;
  ++down_transitions;
  events.push_back({.level = kEmerg,
                    .text = fmt::format("{} has no server available!", full_name()),
                    .proxy = &conf,
                    .console_text = fmt::format("{} '{}' has no server available!",
                                                conf.is_frontend ? "proxy" : "backend", conf.name)});
}

/// `why` follows "is DOWN": ", changed from CLI" or ", reason: ...".
void Backend::operation_locked(Server& server, Operation next, const std::string& why, Instant now,
                               Events& events) {
  const bool was_up = is_up();
  const int level = next == Operation::Stopped ? level_of_going_down(server) : kNotice;
  move_operation_locked(server, next, now);
  const std::uint32_t moved = apply_locked(server, now);
  const std::string_view word = next == Operation::Stopped    ? "DOWN"
                                : next == Operation::Stopping ? "stopping"
                                                              : "UP";
  events.push_back({.level = level,
                    .text = fmt::format("{} is {}{}.{}", title(server), word, why, counts_locked(server, moved)),
                    .proxy = &conf,
                    .console_text = {}});
  if (in_drain(server)) {
    events.push_back({.level = kNotice,
                      .text = fmt::format("{} remains in forced drain mode.", title(server)),
                      .proxy = &conf,
                      .console_text = {}});
  }
  note_backend_state_locked(was_up, now, events);
}

void Backend::set_operation(Server& server, Operation next, std::string_view reason, Instant now) {
  Events events;
  {
    const std::lock_guard guard{mutex};
    if (in_maintenance(server)) return;
    const Operation current = server.operation;
    if (current == next || (current == Operation::Starting && next == Operation::Running)) return;
    server.check.health = next == Operation::Stopped ? 0 : server.conf.rise + server.conf.fall - 1;
    operation_locked(server, next, fmt::format(", {}", reason), now, events);
  }
  emit(events);
}

void Backend::enter_maintenance_locked(Server& server, Instant now, Events& events) {
  const bool was_stopped = server.operation == Operation::Stopped;
  const int level = level_of_going_down(server);
  server.check.health = 0;
  server.check.in_progress = false;
  server.admin |= kForcedMaint;
  move_operation_locked(server, Operation::Stopped, now);
  const std::uint32_t moved = apply_locked(server, now);
  if (was_stopped) {
    events.push_back({.level = kNotice,
                      .text = fmt::format("{} was DOWN and now enters maintenance.", title(server)),
                      .proxy = &conf,
                      .console_text = {}});
    return;
  }
  events.push_back({.level = level,
                    .text = fmt::format("{} is going DOWN for maintenance.{}", title(server),
                                        counts_locked(server, moved)),
                    .proxy = &conf,
                    .console_text = {}});
}

void Backend::leave_maintenance_locked(Server& server, Instant now, Events& events) {
  server.check.health = server.conf.rise;  // up, but it falls at the first failure
  move_operation_locked(server, Operation::Running, now);
  (void)apply_locked(server, now);
  events.push_back({.level = kNotice,
                    .text = fmt::format("{} is UP/{} (leaving forced maintenance).", title(server),
                                        in_drain(server) ? "DRAIN" : "READY"),
                    .proxy = &conf,
                    .console_text = {}});
  if (!in_drain(server)) return;
  events.push_back({.level = kNotice,
                    .text = fmt::format("{} remains in forced drain mode.", title(server)),
                    .proxy = &conf,
                    .console_text = {}});
}

/// The drain bit has changed on a server that is not in maintenance.
void Backend::set_drain_locked(Server& server, Instant now, Events& events) {
  server.last_change = now;
  const std::uint32_t moved = apply_locked(server, now);
  std::string text;
  if (in_drain(server)) {
    text = fmt::format("{} enters drain state.{}", title(server), counts_locked(server, moved));
  } else {
    text = fmt::format("{} is {} (leaving forced drain).", title(server),
                       server.operation == Operation::Stopped ? "DOWN" : "UP");
  }
  events.push_back({.level = kNotice, .text = std::move(text), .proxy = &conf, .console_text = {}});
}

void Backend::set_admin(Server& server, std::uint8_t add, std::uint8_t remove, Instant now) {
  Events events;
  {
    const std::lock_guard guard{mutex};
    const bool was_up = is_up();
    const std::uint8_t before = server.admin;
    const auto after = static_cast<std::uint8_t>((before & ~remove) | add);
    const bool maintenance_changes = ((before ^ after) & kForcedMaint) != 0;
    if (maintenance_changes && (after & kForcedMaint) != 0) {
      enter_maintenance_locked(server, now, events);  // looks at what the server was before
      server.admin = after;
    } else {
      server.admin = after;
      if (maintenance_changes) {
        leave_maintenance_locked(server, now, events);
      } else if (((before ^ after) & kForcedDrain) != 0 && !in_maintenance(server)) {
        set_drain_locked(server, now, events);
      }
    }
    note_backend_state_locked(was_up, now, events);
  }
  emit(events);
}

void Backend::set_weight(Server& server, std::uint32_t weight, Instant now) {
  Events events;
  {
    const std::lock_guard guard{mutex};
    const bool was_up = is_up();
    server.weight = weight;
    (void)apply_locked(server, now);
    note_backend_state_locked(was_up, now, events);
  }
  emit(events);
}

void Backend::set_address(Server& server, const lib::net::Endpoint& where, Instant now) {
  const std::lock_guard guard{mutex};
  server.where = where;
  for (Server* const each : server.state->bodies) each->note_individual();
  ++server.pool_generation;
  server.make_dynamic_cookie();
  rebuild_all_locked(now);  // "hash-key addr" places it by its address
}

void Backend::set_maxconn(Server& server, std::uint32_t maxconn, Instant now) {
  const std::lock_guard guard{mutex};
  server.maxconn = maxconn;
  (void)serve_queues_locked(server, now);
}

void Backend::set_check_target(Server& server, std::optional<lib::net::Address> address,
                               std::optional<std::uint16_t> port) {
  const std::lock_guard guard{mutex};
  if (address) server.check_address = address;
  if (port) server.check_port = *port;
}

void Backend::set_tls(Server& server, bool on) {
  const std::lock_guard guard{mutex};
  if (server.speaks_tls() == on) return;
  server.set_tls(on);
  for (Server* const each : server.state->bodies) each->note_individual();
  ++server.pool_generation;
}

void Backend::count_checked_tls(Server& server, bool shaken) {
  const std::lock_guard guard{mutex};
  server.counters.of(0)[shaken ? Count::TlsChecked : Count::TlsCheckFailed].add();  // under this lock only
}

void Backend::on_check_start(Server& server) {
  const std::lock_guard guard{mutex};
  server.check.in_progress = true;
  server.check.result = 0;
  server.check.code = 0;
}

void Backend::set_check_enabled(Server& server, bool enabled) {
  const std::lock_guard guard{mutex};
  server.check.enabled = enabled;
}

void Backend::on_check_result(Server& server, CheckStatus status, int code, Duration took, std::string info,
                              Instant now) {
  Events events;
  {
    const std::lock_guard guard{mutex};
    CheckReport& check = server.check;
    check.in_progress = false;
    if (in_maintenance(server) || !check.enabled) return;
    const bool passed = is_passed(status);
    const bool is_new = std::exchange(check.status, status) != status;
    check.code = code;
    check.duration_ms = lib::base::to_ms(took);
    check.info = std::move(info);
    check.result = passed ? 3 : 2;

    const std::uint32_t rise = server.conf.rise, best = rise + server.conf.fall - 1, before = check.health;
    if (passed) {
      check.health = before + 1 >= rise ? best : before + 1;
    } else if (before != 0) {
      check.health = before - 1 < rise ? 0 : before - 1;
      server.counters.of(0)[Count::FailedChecks].add();  // under this lock only
    }
    if (conf.log_health_checks && (is_new || (passed ? before < best : before != 0))) {
      const bool is_up_now = check.health >= rise;
      events.push_back(
          {.level = kNotice,
           .text = fmt::format("Health check for {}server {} {}{}, status: {}/{} {}.",
                               server.conf.backup ? "backup " : "", server.full_name(),
                               passed ? "succeeded" : "failed", check_reason(check),
                               is_up_now ? check.health - rise + 1 : check.health,
                               is_up_now ? server.conf.fall : rise, is_up_now ? "UP" : "DOWN"),
           .proxy = &conf,
           .console_text = {}});
    }
    const std::string why = conf.log_health_checks ? std::string{} : check_reason(check);
    const Operation operation = server.operation;
    if (passed && check.health >= rise && (operation == Operation::Stopped || operation == Operation::Stopping)) {
      operation_locked(server, Operation::Running, why, now, events);
    } else if (!passed && check.health < rise && operation != Operation::Stopped) {
      operation_locked(server, Operation::Stopped, why, now, events);
    }
  }
  emit(events);
}

}  // namespace proxyd::servers
