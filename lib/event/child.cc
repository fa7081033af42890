#include "lib/event/child.h"

#include <fcntl.h>
#include <grp.h>
#include <sched.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>

#include "lib/event/launch.h"

namespace lib::event {
namespace {

void reset_scheduling(std::optional<int> nice) {
  const sched_param plain{};
  if (::sched_getscheduler(0) != SCHED_OTHER) (void)::sched_setscheduler(0, SCHED_OTHER, &plain);
  if (nice) (void)::setpriority(PRIO_PROCESS, 0, *nice);  // without the right to, it keeps ours
}

bool become(const ChildIdentity& identity) {
  if (::geteuid() != 0) return true;  // an ordinary user runs scripts as itself
  if (::setgroups(identity.supplementary.size(), identity.supplementary.data()) != 0) return false;
  return ::setresgid(identity.gid, identity.gid, identity.gid) == 0 &&
         ::setresuid(identity.uid, identity.uid, identity.uid) == 0;
}

/// Nothing to read, and `output` (none: nothing) to write to. False, with errno, where that failed.
bool replace_stdio(int output) {
  const int nothing = ::open("/dev/null", O_RDWR);
  if (output < 0) output = nothing;
  return nothing >= 0 && ::dup2(nothing, 0) >= 0 && ::dup2(output, 1) >= 0 && ::dup2(output, 2) >= 0;
}

/// All but stdio and the report; the report closes itself when the program starts.
void close_others(int report) {
  if (report > 3) ::syscall(SYS_close_range, 3U, static_cast<unsigned>(report) - 1, 0U);
  ::syscall(SYS_close_range, static_cast<unsigned>(report) + 1, ~0U, 0U);
}

}  // namespace

lib::base::Result<pid_t> start_child(const std::vector<std::string>& argv, ChildOptions options) {
  if (options.environment.empty()) options.environment.emplace_back("PATH=/usr/sbin:/usr/bin:/sbin:/bin");
  // Made before the fork: after it only system calls are safe.
  const std::vector<char*> arguments = argument_vector(argv), environment = argument_vector(options.environment);
  const pid_t parent = ::getpid();
  ChildSignals signals;
  sigemptyset(&signals.blocked);
  const std::function<void(int)> become_program = [&](int report) {
    ::setpgid(0, 0);
    reset_scheduling(options.nice);
    if (!replace_stdio(options.standard_output.get())) return;
    close_others(report);
    if (options.identity && !become(*options.identity)) return;
    if (options.dies_with_us) {
      ::prctl(PR_SET_PDEATHSIG, SIGTERM);
      if (::getppid() != parent) ::_exit(127);  // it ended before we asked
    }
    ::execve(arguments.front(), arguments.data(), environment.data());
  };
  const auto child = launch("cannot start " + argv.front(), signals, become_program);
  if (child) ::setpgid(*child, *child);  // whoever comes first: a deadline must find the group
  return child;
}

Task<ChildExit> child_end(Waiter& waiter, pid_t child, Instant deadline, Duration grace) {
  ChildExit result;
  {
    Descriptor pidfd{waiter.loop(), lib::base::UniqueFd{static_cast<int>(::syscall(SYS_pidfd_open, child, 0))}};
    bool ended = false;
    if (pidfd.is_open()) {
      Wake wake = co_await waiter.ready(pidfd, kRead, deadline);
      ended = wake.first != 0;
      if (!ended && grace.count() > 0) {
        result.timed_out = true;
        (void)::kill(-child, SIGTERM);  // gone already is as good
        const Instant last = waiter.now() + grace;
        wake = co_await waiter.ready(pidfd, kRead, last);
        ended = wake.first != 0;
      }
    }
    if (!ended) {
      result.timed_out = true;
      (void)::kill(-child, SIGKILL);  // gone already is as good
      (void)::kill(child, SIGKILL);
    }
  }
  int status = 0;
  while (::waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  if (WIFEXITED(status)) result.code = WEXITSTATUS(status);
  if (WIFSIGNALED(status)) result.signal = WTERMSIG(status);
  co_return result;
}

}  // namespace lib::event
