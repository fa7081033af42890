// The running daemon: sockets, privileges, threads, signals, the end.
#pragma once

#include "proxyd/check.h"
#include "proxyd/command_line.h"

namespace proxyd {

/// Runs what the files ask for until a signal ends it. Returns the exit code; SIGTERM and SIGINT end the process by themselves, as the shell of
/// whoever sent them expects.
int run(const CheckedFiles& files, const CommandLine& command_line, const char* argv0);

/// "explain": prints what would become of a request. Returns the exit code, 2 for a question that cannot be answered.
int explain_request(const config::Config& config, const CommandLine& command_line);

}  // namespace proxyd
