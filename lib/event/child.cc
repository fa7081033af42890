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

namespace lib::event {
namespace {

/// Everything that the child needs, made before the fork: after it only system calls are safe.
struct Launch {
  std::vector<char*> words, environment;
  const ChildIdentity* identity = nullptr;
  pid_t parent = 0;
  int output = -1, report = -1;
  bool dies_with_us = false;
  std::optional<int> nice;
};

std::vector<char*> as_vector(const std::vector<std::string>& texts) {
  std::vector<char*> out;
  for (const std::string& text : texts) out.push_back(const_cast<char*>(text.c_str()));  // execve's old signature
  out.push_back(nullptr);
  return out;
}

void reset_signals() {
  struct sigaction standard{};
  standard.sa_handler = SIG_DFL;
  for (int number = 1; number < NSIG; ++number) ::sigaction(number, &standard, nullptr);
  sigset_t none;
  sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);
}

void reset_scheduling(const Launch& launch) {
  const sched_param plain{};
  if (::sched_getscheduler(0) != SCHED_OTHER) (void)::sched_setscheduler(0, SCHED_OTHER, &plain);
  if (launch.nice) (void)::setpriority(PRIO_PROCESS, 0, *launch.nice);  // without the right to, it keeps ours
}

bool become(const ChildIdentity& identity) {
  if (::geteuid() != 0) return true;  // an ordinary user runs scripts as itself
  if (::setgroups(identity.supplementary.size(), identity.supplementary.data()) != 0) return false;
  return ::setresgid(identity.gid, identity.gid, identity.gid) == 0 &&
         ::setresuid(identity.uid, identity.uid, identity.uid) == 0;
}

[[noreturn]] void fail_launch(const Launch& launch) {
  const int code = errno;
  (void)!::write(launch.report, &code, sizeof code);  // nobody else can be told
  ::_exit(127);
}

[[noreturn]] void run_child(const Launch& launch) {
  ::setpgid(0, 0);
  reset_signals();
  reset_scheduling(launch);
  const int nothing = ::open("/dev/null", O_RDWR);
  const int output = launch.output >= 0 ? launch.output : nothing;
  if (nothing < 0 || ::dup2(nothing, 0) < 0 || ::dup2(output, 1) < 0 || ::dup2(output, 2) < 0) fail_launch(launch);
  // All but stdio and the report; the report closes itself when the program starts.
  if (launch.report > 3) ::syscall(SYS_close_range, 3U, static_cast<unsigned>(launch.report) - 1, 0U);
  ::syscall(SYS_close_range, static_cast<unsigned>(launch.report) + 1, ~0U, 0U);
  if (launch.identity != nullptr && !become(*launch.identity)) fail_launch(launch);
  if (launch.dies_with_us) {
    ::prctl(PR_SET_PDEATHSIG, SIGTERM);
    if (::getppid() != launch.parent) ::_exit(127);  // it ended before we asked
  }
  ::execve(launch.words.front(), launch.words.data(), launch.environment.data());
  fail_launch(launch);
}

}  // namespace

lib::base::Result<pid_t> start_child(const std::vector<std::string>& argv, ChildOptions options) {
  if (options.environment.empty()) options.environment.emplace_back("PATH=/usr/sbin:/usr/bin:/sbin:/bin");
  Launch launch{.words = as_vector(argv),
                .environment = as_vector(options.environment),
                .identity = options.identity ? &*options.identity : nullptr,
                .parent = ::getpid(),
                .output = options.standard_output.get(),
                .dies_with_us = options.dies_with_us,
                .nice = options.nice};
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) return lib::base::system_failure("cannot start " + argv.front(), errno);
  const lib::base::UniqueFd reading{ends[0]};
  lib::base::UniqueFd report{::fcntl(ends[1], F_DUPFD_CLOEXEC, 3)};  // above stdio, which the child replaces
  ::close(ends[1]);
  launch.report = report.get();
  const pid_t child = ::fork();
  if (child == 0) run_child(launch);
  const int fork_fault = errno;
  report.reset();
  if (child < 0) return lib::base::system_failure("cannot start " + argv.front(), fork_fault);
  ::setpgid(child, child);  // whoever comes first: a deadline must find the group
  int fault = 0;
  const ssize_t got = ::read(reading.get(), &fault, sizeof fault);  // ends as soon as the program runs
  if (got != static_cast<ssize_t>(sizeof fault)) return child;
  while (::waitpid(child, nullptr, 0) < 0 && errno == EINTR) {
  }
  return lib::base::system_failure("cannot start " + argv.front(), fault);
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
