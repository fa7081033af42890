// Child processes seen from a coroutine, through pidfds: works on every loop and needs no SIGCHLD.
#pragma once

#include <sys/types.h>

#include <string>
#include <vector>

#include "lib/base/result.h"
#include "lib/event/wait.h"

namespace lib::event {

struct ChildOptions {
  std::vector<std::string> environment;  // "NAME=value"; empty: a minimal one with PATH only
  lib::base::UniqueFd standard_output;   // where stdout and stderr go; none: /dev/null
};

/// Starts a program without a shell. argv[0] is its path. The child leads its own process group, so that a deadline can
/// end what it started as well.
lib::base::Result<pid_t> start_child(const std::vector<std::string>& argv, ChildOptions options = {});

/// How a child ended.
struct ChildExit {
  bool timed_out = false;  // still running at the deadline: its process group was killed and reaped
  int code = 0;            // exit code when it exited
  int signal = 0;          // the signal that ended it, or 0
};

/// Waits for a child of ours. At the deadline the process group gets SIGKILL.
Task<ChildExit> child_end(Waiter& waiter, pid_t child, Instant deadline);

}  // namespace lib::event
