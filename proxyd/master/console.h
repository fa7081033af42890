// The master socket: commands of the master's own, and the way to the workers' commands by prefixes.
#pragma once

#include "lib/base/unique_fd.h"
#include "lib/event/loop.h"
#include "lib/runtime/command_table.h"
#include "proxyd/master/master.h"

namespace proxyd::master {

/// The master's own commands. `host` outlives the table.
lib::runtime::CommandTable master_commands(Host& host);

/// Accepts clients until cancelled; all outlive the task.
lib::event::Task<void> serve_console(lib::event::Loop& loop, lib::base::UniqueFd listener, const lib::runtime::CommandTable& commands,
                                     Host& host, lib::runtime::Level level);

}  // namespace proxyd::master
