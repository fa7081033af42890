// The worker's end of its line to the master.
#pragma once

#include <sys/resource.h>

#include <functional>
#include <optional>
#include <string_view>
#include <vector>

#include "lib/base/unique_fd.h"
#include "lib/event/loop.h"
#include "lib/event/wait.h"
#include "lib/runtime/command_table.h"
#include "proxyd/listen/handover.h"
#include "proxyd/master/words.h"

namespace proxyd::master {

class WorkerLink {
 public:
  explicit WorkerLink(lib::base::UniqueFd control) : control_{std::move(control)} {}

  /// The line that launch_worker() left, or an empty owner in a process that nobody launched as a worker.
  static lib::base::UniqueFd from_environment();
  bool is_connected() const { return static_cast<bool>(control_); }
  /// Waits for the word to start; what the master keeps of listening sockets goes to `into`. False: the master is gone.
  bool await_start(listen::Inheritance& into);
  /// Undoes what await_start() did to the limit of descriptors: it must hold all that the master sends, and is decided anew.
  void restore_limits() const;
  /// What was said so far, for "reload" and "show startup-logs" on the master socket.
  void send_log(std::string_view text);
  /// We serve: these are our sockets and settings. False: the master is gone.
  bool report_ready(const std::vector<listen::LabelledSocket>& sockets, const ReadyWords& words);

  /// Serves clients of the master socket; calls `on_gone` and ends when the master is gone. All outlive the task.
  lib::event::Task<void> serve(lib::event::Loop& loop, const lib::runtime::CommandTable& commands, lib::event::Duration timeout,
                               std::function<void()> on_gone);

 private:
  lib::base::UniqueFd control_;
  std::optional<rlimit> descriptors_;  // as they were
};

}  // namespace proxyd::master
