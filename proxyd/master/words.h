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
/// The same to a process that is to read the files only to tell what they would change.
inline constexpr std::string_view kStartPlan = "start plan\n";
/// From a worker, each followed by text: what it said while it started; then, when it serves, its settings.
inline constexpr std::string_view kLog = "log\n";
inline constexpr std::string_view kReady = "ready\n";
/// To a worker, with a socket: a client of the master socket, and what it may do.
inline constexpr std::string_view kClient = "client\n";

/// From a process that has read the files for a reload, to the master, which passes it on to the present worker, each with a file in memory: what
/// reading them asked of the machine. Before it the master sends the sockets that were opened for them.
inline constexpr std::string_view kOffer = "offer\n";
/// The same to learn what would change. The worker's answer is kPlanned with a file in memory, which holds it.
inline constexpr std::string_view kAsk = "ask\n";
inline constexpr std::string_view kPlanned = "planned\n";
/// From the worker after its sockets, followed by ready_text(): it runs the files now. To the reader: it is not needed any more.
inline constexpr std::string_view kTaken = "taken\n";
/// From the worker, followed by why not: only a new process can run them. To the reader: become a worker.
inline constexpr std::string_view kDeclined = "declined\n";

/// To the current worker: do all your threads turn? Its answer, as soon as each has come around.
inline constexpr std::string_view kWhetherAlive = "alive?\n";
inline constexpr std::string_view kAlive = "alive\n";

struct ReadyWords {
  WorkerSettings settings;
  std::string version;
};
std::string ready_text(const ReadyWords& words);
std::optional<ReadyWords> read_ready(std::string_view text);

std::string client_text(lib::runtime::Level level);
std::optional<lib::runtime::Level> read_client(std::string_view text);

}  // namespace proxyd::master
