// What master and worker say to each other: packets whose first line says what they are. Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "lib/runtime/call.h"
#include "proxyd/master/roster.h"

namespace proxyd::master {

/// To a worker that was started for a reload, after the sockets it inherits: read the files now.
inline constexpr std::string_view kStart = "start\n";
/// From a worker, each followed by text: what it said while it started; then, when it serves, its settings.
inline constexpr std::string_view kLog = "log\n";
inline constexpr std::string_view kReady = "ready\n";
/// To a worker, with a socket: a client of the master socket, and what it may do.
inline constexpr std::string_view kClient = "client\n";

struct ReadyWords {
  WorkerSettings settings;
  std::string version;
};
std::string ready_text(const ReadyWords& words);
std::optional<ReadyWords> read_ready(std::string_view text);

std::string client_text(lib::runtime::Level level);
std::optional<lib::runtime::Level> read_client(std::string_view text);

}  // namespace proxyd::master
