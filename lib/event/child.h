// Child processes seen from a coroutine, through pidfds: works on every loop and needs no SIGCHLD.
#pragma once

#include <sys/types.h>

#include <optional>
#include <string>
#include <vector>

#include "lib/base/result.h"
#include "lib/event/wait.h"

namespace lib::event {

/// Whom a child becomes before it runs its program.
struct ChildIdentity {
  uid_t uid = 0;
  gid_t gid = 0;
  std::vector<gid_t> supplementary;
};

struct ChildOptions {
  std::vector<std::string> environment;  // "NAME=value"; empty: a minimal one with PATH only
  lib::base::UniqueFd standard_output;   // where stdout and stderr go; none: /dev/null
  std::optional<ChildIdentity> identity;
  std::optional<int> nice;               // the child's nice value; none: ours
  bool dies_with_us = false;             // gets SIGTERM when this process ends (PR_SET_PDEATHSIG)
};

/// Starts a program without a shell. argv[0] is its path. The child leads its own process group, so that a deadline can
/// end what it started as well; it inherits no descriptor, signal mask or real-time scheduling of ours.
lib::base::Result<pid_t> start_child(const std::vector<std::string>& argv, ChildOptions options = {});

/// How a child ended.
struct ChildExit {
  bool timed_out = false;  // still running at the deadline: its process group was ended and reaped
  int code = 0;            // exit code when it exited
  int signal = 0;          // the signal that ended it, or 0
};

/// Waits for a child of ours. At the deadline the process group gets SIGTERM and, `grace` later, SIGKILL; without grace
/// SIGKILL at once.
Task<ChildExit> child_end(Waiter& waiter, pid_t child, Instant deadline, Duration grace = Duration{0});

}  // namespace lib::event
