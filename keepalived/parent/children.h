// vrrpd and checkerd as processes: starts them, hears them on a pipe, sees their end, sends them signals.
#pragma once

#include <signal.h>
#include <sys/types.h>

#include <array>
#include <functional>
#include <string>
#include <vector>

#include "keepalived/parent_link.h"
#include "keepalived/supervision/supervision.h"
#include "lib/base/result.h"
#include "lib/base/unique_fd.h"
#include "lib/event/loop.h"
#include "lib/event/wait.h"

namespace keepalived::parent {

class Children {
 public:
  struct Listener {
    std::function<void(supervision::Part, ChildWord)> on_word;
    std::function<void(supervision::Part, supervision::Exit)> on_exit;
  };
  /// `words`: the command line that each gets, its own name first. `home`: the network namespace that children begin in.
  /// `watchdog`: how long a child may say nothing; each says that it lives twice in that time. Zero: it need not.
  Children(lib::event::Loop& loop, std::vector<std::string> words, lib::base::UniqueFd home, lib::base::Duration watchdog, Listener listener);
  Children(const Children&) = delete;
  Children& operator=(const Children&) = delete;

  /// The child ends when we do, however that happens.
  lib::base::Result<pid_t> start(supervision::Part part);
  /// Does nothing when the child is gone.
  void send(supervision::Part part, int number);
  /// vrrpd stands in for itself until its next start(), or until leave(). Errors: so nobody does.
  lib::base::Status take_care();
  /// Hears nobody any more. Who stands in for vrrpd gives back what that left, and is waited for, at most `patience`.
  void leave(lib::base::Duration patience);

 private:
  struct Process {
    pid_t pid = 0;
    lib::base::UniqueFd handle;  // to see its end
  };
  /// `more`: environment variables. `pipe`: the child keeps it, too; or -1.
  lib::base::Result<Process> launch(supervision::Part part, std::vector<std::string> more, const sigset_t& blocked, int pipe) const;
  void dismiss();
  lib::event::Task<void> await_caretaker(lib::base::UniqueFd handle);
  lib::event::Task<void> follow(supervision::Part part, pid_t pid, lib::base::UniqueFd handle, lib::base::UniqueFd pipe);
  void hear(supervision::Part part, lib::event::Descriptor& pipe);

  lib::event::Loop& loop_;
  const lib::base::Duration watchdog_;
  const std::vector<std::string> words_;
  const std::array<std::string, supervision::kParts.size()> paths_;  // found at the start: later ones may be another release's
  const lib::base::UniqueFd home_;
  const Listener listener_;
  std::array<pid_t, supervision::kParts.size()> pids_{};  // 0: not running
  pid_t caretaker_ = 0;  // 0: none
  lib::event::TaskGroup tasks_;
};

}  // namespace keepalived::parent
