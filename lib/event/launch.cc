#include "lib/event/launch.h"

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>

#include "lib/base/unique_fd.h"

namespace lib::event {
namespace {

void reset_handlers(bool keeps_ignored) {
  struct sigaction standard{};
  standard.sa_handler = SIG_DFL;
  for (int number = 1; number < NSIG; ++number) {
    struct sigaction now{};
    const bool is_kept = keeps_ignored && ::sigaction(number, nullptr, &now) == 0 && now.sa_handler == SIG_IGN;
    if (!is_kept) ::sigaction(number, &standard, nullptr);  // some cannot be changed, nor need they
  }
}

}  // namespace

lib::base::Result<pid_t> launch(const std::string& failure, const ChildSignals& signals, const std::function<void(int report)>& become) {
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) return lib::base::system_failure(failure, errno);
  const lib::base::UniqueFd reading{ends[0]};
  lib::base::UniqueFd report{::fcntl(ends[1], F_DUPFD_CLOEXEC, 3)};  // above stdio, which the child may replace
  const int report_fault = errno;
  ::close(ends[1]);
  if (!report) return lib::base::system_failure(failure, report_fault);
  sigset_t all, before;
  sigfillset(&all);
  ::sigprocmask(SIG_SETMASK, &all, &before);
  const pid_t child = ::fork();
  if (child == 0) {
    reset_handlers(signals.keeps_ignored);
    ::sigprocmask(SIG_SETMASK, &signals.blocked, nullptr);
    become(report.get());
    const int fault = errno;
    (void)!::write(report.get(), &fault, sizeof fault);  // nobody else can be told
    ::_exit(127);
  }
  const int fork_fault = errno;
  ::sigprocmask(SIG_SETMASK, &before, nullptr);
  report.reset();
  if (child < 0) return lib::base::system_failure(failure, fork_fault);
  int fault = 0;
  ssize_t got = 0;
  while ((got = ::read(reading.get(), &fault, sizeof fault)) < 0 && errno == EINTR) {  // ends as soon as the program runs
  }
  if (got != static_cast<ssize_t>(sizeof fault)) return child;
  while (::waitpid(child, nullptr, 0) < 0 && errno == EINTR) {
  }
  return lib::base::system_failure(failure, fault);
}

std::vector<char*> argument_vector(const std::vector<std::string>& texts) {
  std::vector<char*> out;
  for (const std::string& text : texts) out.push_back(const_cast<char*>(text.c_str()));  // execve's old signature
  out.push_back(nullptr);
  return out;
}

}  // namespace lib::event
