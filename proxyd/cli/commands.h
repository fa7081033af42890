// proxyd's runtime API: the table of its commands, over the running process.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "lib/runtime/command_table.h"
#include "proxyd/listen/handover.h"
#include "proxyd/ocsp/updater.h"
#include "proxyd/servers/backend.h"
#include "proxyd/session/worker.h"

namespace proxyd::cli {

/// What the commands work on. Outlives the table.
struct Context {
  session::Process& process;
  session::Worker& here;           // on whose loop the API is served
  std::string startup_logs{};      // what was said at the start, for `show startup-logs`
  servers::EventSink on_event{};   // takes "Paused frontend x."; may be empty
  ocsp::Updater* updater = nullptr;  // null: nothing speaks TLS
  std::vector<listen::LabelledSocket> runtime_sockets{};  // of the API; for `_getsocks`
  /// Takes the files over as they are now, or only tells what that would change; what is to be answered. Empty: a master reads them.
  std::function<lib::event::Task<std::string>(bool only_plan)> reload{};
  bool gave_sockets = false;                              // `_getsocks` was answered: they have a second owner
};

/// All commands. Those of haproxy that are not built yet are known, and say so.
lib::runtime::CommandTable commands(Context& context);

}  // namespace proxyd::cli
