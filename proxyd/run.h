// The running daemon: sockets, privileges, threads, signals, the end.
#pragma once

#include "proxyd/check.h"
#include "proxyd/command_line.h"
#include "proxyd/master/launch.h"
#include "proxyd/master/worker_link.h"

namespace proxyd {

/// Runs what the files ask for until a signal ends it, in this process or, under a master (-W), in one that it starts. Returns the exit code; SIGTERM and SIGINT end the process by themselves, as the shell of
/// whoever sent them expects.
int run(CheckedFiles files, const CommandLine& command_line, master::Invocation invocation);
/// The same in a process that a master started for a reload; `link` is its line to the master.
/// --plan: prints what a reload from the checked files to those that the command line names there would change. Returns the exit code.
int show_plan(const CheckedFiles& files, CommandLine command_line, const char* argv0);

/// Offers files that were read for a reload to the worker that runs. True: it has taken them, and this process is done. False: this
/// process is to be the next worker; sockets that were opened for it are in `inherited`.
bool offer_files(const CheckedFiles& files, const CommandLine& command_line, const lib::base::OutsideRecord& learned, master::WorkerLink& link,
                 listen::Inheritance& inherited);

int run_worker(const CheckedFiles& files, const CommandLine& command_line, const char* argv0, master::WorkerLink& link,
               listen::Inheritance& inherited);

/// "explain": prints what would become of a request. Returns the exit code, 2 for a question that cannot be answered.
int explain_request(std::shared_ptr<const config::Config> config, const CommandLine& command_line);

}  // namespace proxyd
