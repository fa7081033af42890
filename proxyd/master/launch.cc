#include "proxyd/master/launch.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdlib>
#include <cstring>

namespace proxyd::master {
namespace {

void reset_signals() {
  for (int number = 1; number < NSIG; ++number) ::signal(number, SIG_DFL);  // some cannot be changed, nor need they
  sigset_t none;
  sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);
}

/// The master has one thread, so that all of this is allowed between fork and exec.
[[noreturn]] void run_child(const Invocation& invocation, int control, int report) {
  reset_signals();
  (void)::fcntl(control, F_SETFD, 0);
  (void)::setenv(kControlVariable, std::to_string(control).c_str(), 1);
  (void)::unsetenv("NOTIFY_SOCKET");
  if (invocation.descriptors) (void)::setrlimit(RLIMIT_NOFILE, &*invocation.descriptors);  // what was allowed before is now
  if (!invocation.home || ::fchdir(invocation.home.get()) == 0) ::execvp(invocation.arguments.front(), invocation.arguments.data());
  const int fault = errno;
  (void)!::write(report, &fault, sizeof fault);  // nobody else can be told
  ::_exit(127);
}

}  // namespace

lib::base::Result<pid_t> launch_worker(const Invocation& invocation, const lib::base::UniqueFd& control) {
  std::array<int, 2> ends{-1, -1};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0) return lib::base::system_failure("Cannot start a worker", errno);
  const lib::base::UniqueFd reading{ends[0]};
  lib::base::UniqueFd report{ends[1]};
  // A signal that came between fork and exec would wake our own loop through the child's copy of its handlers.
  sigset_t all, before;
  sigfillset(&all);
  ::sigprocmask(SIG_SETMASK, &all, &before);
  const pid_t child = ::fork();
  if (child == 0) run_child(invocation, control.get(), report.get());
  const int fork_fault = errno;
  ::sigprocmask(SIG_SETMASK, &before, nullptr);
  report.reset();
  if (child < 0) return lib::base::system_failure("Cannot start a worker", fork_fault);
  int fault = 0;
  ssize_t got = 0;
  do {
    got = ::read(reading.get(), &fault, sizeof fault);  // ends as soon as the program runs
  } while (got < 0 && errno == EINTR);
  if (got != static_cast<ssize_t>(sizeof fault)) return child;
  while (::waitpid(child, nullptr, 0) < 0 && errno == EINTR) {
  }
  return lib::base::system_failure(std::string{"Cannot start "} + invocation.arguments.front(), fault);
}

}  // namespace proxyd::master
