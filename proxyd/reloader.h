// Takes other configuration files over into the running process: no second worker, no connection lost.
#pragma once

#include <optional>
#include <string>

#include "lib/base/outside.h"
#include "lib/event/task.h"
#include "lib/plan/plan.h"
#include "proxyd/check.h"
#include "proxyd/command_line.h"
#include "proxyd/listen/handover.h"
#include "proxyd/servers/checker.h"
#include "proxyd/session/worker.h"

namespace proxyd::reload {

struct Outcome {
  bool is_taken = false;
  lib::plan::Plan plan;  // what was changed, or would be
  std::string why_not;   // where it is not taken
  std::string report;    // what is to be said of the files
};

/// Where the files come from.
struct Source {
  std::optional<lib::base::OutsideRecord> record;  // read by somebody who may; nothing: they are read here
  listen::Inheritance sockets;                     // that were opened for them
  bool only_plan = false;                          // nothing is to change
};

/// Of the process's first thread.
class Reloader {
 public:
  /// `running`: what the process was started with.
  Reloader(session::Process& process, const CommandLine& command_line, const char* argv0, CheckedFiles running);

  /// Reads and checks the files beside the running threads; on any error everything stays as it is. One at a time: a second call
  /// while one is under way is refused.
  lib::event::Task<Outcome> reload(session::Worker& here, Source source);
  const CheckedFiles& running() const { return running_; }

 private:
  lib::event::Task<void> apply(session::Worker& here, CheckedFiles& next, Source& source, Outcome& outcome);
  std::shared_ptr<session::Site> make_next(CheckedFiles& next, Source& source, Outcome& outcome);
  void close_what_is_gone(const session::Site& before, const session::Site& after);
  void begin_new_servers(const session::Site& site);

  session::Process& process_;
  const CommandLine& command_line_;
  const char* const argv0_;
  CheckedFiles running_;
  bool is_under_way_ = false;
};

/// What checks of servers run on.
servers::CheckSettings check_settings(const config::Global& global);
std::vector<servers::CheckLoop> check_loops(const session::Process& process);

}  // namespace proxyd::reload
