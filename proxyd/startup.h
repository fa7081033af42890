// From the typed configuration to running things: backends, frontends, loggers, sockets, threads.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "lib/base/result.h"
#include "proxyd/command_line.h"
#include "proxyd/config/model.h"
#include "proxyd/listen/handover.h"
#include "proxyd/session/worker.h"

namespace proxyd {

/// Makes everything that the threads will share; binds nothing yet. Null, with the reason said, where a ring's file cannot
/// be opened. `program_name` stands in log lines.
std::unique_ptr<session::Process> make_process(std::shared_ptr<const config::Config> config, const CommandLine& command_line,
                                               std::string program_name, logs::RingFiles ring_files);

/// Servers start as state files say that they were ("load-server-state-from-file").
void restore_servers(session::Process& process);

/// Limits of the process: descriptors, memory, and the maxconn that follows from them. Fails under "strict-limits" when
/// the descriptors that maxconn needs are not to be had; what it warns of is added to `said`.
lib::base::Status set_limits(session::Process& process, const CommandLine& command_line, std::string& said);

/// Binds all listeners, or takes sockets that were inherited for them; returns what could not be bound, ready to be shown.
std::vector<lib::base::Error> bind_frontends(session::Process& process, const CommandLine& command_line,
                                             listen::Inheritance& inherited);

/// Makes the workers (connecting their log sockets), not yet their threads.
void make_workers(session::Process& process);

/// The number of threads that "nbthread" or the machine asks for.
unsigned thread_count(const config::Global& global);

}  // namespace proxyd
