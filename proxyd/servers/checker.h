// Health checks of servers: what is sent, how often, and what a result means.
#pragma once

#include <cstdint>
#include <memory>
#include <span>

#include "lib/event/loop.h"
#include "lib/event/task.h"
#include "lib/probe/probe.h"
#include "proxyd/servers/backend.h"

namespace proxyd::servers {

/// A thread that runs checks.
struct CheckLoop {
  lib::event::Loop* loop;
  lib::event::TaskGroup* tasks;
};

/// Of the global section.
struct CheckSettings {
  std::uint32_t spread_percent = 0;  // "spread-checks"
  Duration max_spread{};             // "max-spread-checks"; zero: none
};

/// The steps of a server's check as things are now. Takes the backend's lock.
lib::probe::Plan make_plan(Server& server);

/// Time from the start of one check to the next: inter, fastinter while the state is changing, downinter when down.
Duration check_interval(const Server& server);

/// Checks one server until the task is destroyed or the newest configuration has no such server, or no checks of it; the first check
/// comes after `delay`. Skips while the server is in maintenance or its check is disabled.
lib::event::Task<void> run_checks(std::shared_ptr<BackendState> backend, std::shared_ptr<ServerState> state, lib::event::Loop& loop,
                                  Duration delay, CheckSettings settings);

/// Starts the checks of all servers that want them and have none yet, in turn on the loops, the first ones spread over the
/// interval. The tasks start on their loops' own threads. Each backend must be its name's newest.
void start_checks(std::span<const std::shared_ptr<Backend>> backends, std::span<const CheckLoop> loops, CheckSettings settings);

}  // namespace proxyd::servers
