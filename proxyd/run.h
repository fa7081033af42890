// The running daemon: sockets, privileges, threads, signals, the end.
#pragma once

#include <cstdint>

#include "proxyd/command_line.h"
#include "proxyd/config/model.h"

namespace proxyd {

/// Runs until a signal ends it. Returns the exit code; SIGTERM and SIGINT end the process by themselves, as the shell of
/// whoever sent them expects.
int run(const config::Config& config, const CommandLine& command_line, const char* argv0, std::uint32_t warnings);

}  // namespace proxyd
