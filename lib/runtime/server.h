// Serves the runtime API on a listening stream socket: one coroutine a client, so that a slow or dead one holds up
// nobody else.
#pragma once

#include <cstddef>
#include <span>
#include <string>

#include "lib/base/unique_fd.h"
#include "lib/event/loop.h"
#include "lib/event/task.h"
#include "lib/runtime/command_table.h"

namespace lib::runtime {

/// A longer line ends the connection.
inline constexpr std::size_t kMaxLine = 16 * 1024;
/// A larger payload ends the connection.
inline constexpr std::size_t kMaxPayload = 128 * 1024;

struct ServerOptions {
  Level level = Level::Operator;
  lib::event::Duration timeout{10'000'000};  // without a complete line, or without the client reading
  bool exposes_listeners = false;            // see Settings
  std::size_t max_connections = 10;          // further clients wait in the socket's backlog; 0: no limit
};

/// Runs one command; its answer is in call.out, or partly sent already. For servers of their own kind.
lib::event::Task<void> answer_command(Call& call, std::span<const std::string> words);

/// Accepts clients until cancelled. The task owns its clients' tasks: cancelling it ends them all.
/// `commands` and `loop` outlive the task.
lib::event::Task<void> serve(lib::event::Loop& loop, lib::base::UniqueFd listener,
                             const CommandTable& commands, ServerOptions options);

/// Serves one connected client until it or we close.
lib::event::Task<void> serve_client(lib::event::Loop& loop, lib::base::UniqueFd client,
                                    const CommandTable& commands, ServerOptions options);

}  // namespace lib::runtime
