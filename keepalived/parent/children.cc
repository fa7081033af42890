#include "keepalived/parent/children.h"

#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <string_view>

#include "keepalived/parent/programs.h"

namespace keepalived::parent {

using lib::base::UniqueFd;
using supervision::Exit;
using supervision::Part;

namespace {

/// Everything that the child needs, made before the fork: after it only system calls are safe.
struct Launch {
  const char* path = nullptr;
  std::vector<char*> words, environment;
  sigset_t blocked{};
  pid_t parent = 0;
  int home = -1, report = -1, pipe = -1;
};

std::vector<char*> as_vector(const std::vector<std::string>& texts) {
  std::vector<char*> out;
  for (const std::string& text : texts) out.push_back(const_cast<char*>(text.c_str()));  // execve's old signature
  out.push_back(nullptr);
  return out;
}

/// The service manager is ours to talk to; that it watches us has been taken out already. A child says to us as often that it lives.
std::vector<std::string> environment_with(int pipe, lib::base::Duration watchdog) {
  std::vector<std::string> out;
  for (char** entry = environ; entry != nullptr && *entry != nullptr; ++entry)
    if (!std::string_view{*entry}.starts_with("NOTIFY_SOCKET=")) out.emplace_back(*entry);
  if (watchdog != watchdog.zero()) out.push_back("WATCHDOG_USEC=" + std::to_string(watchdog.count()));
  out.push_back(std::string{kParentVariable} + '=' + std::to_string(pipe));
  return out;
}

/// What asks a daemon for something, and would end a program that has not got so far as to listen.
sigset_t requests() {
  sigset_t set;
  sigemptyset(&set);
  for (const int number : {SIGHUP, SIGUSR1, SIGUSR2, SIGRTMAX - 1, SIGRTMIN + 2}) sigaddset(&set, number);
  return set;
}

[[noreturn]] void fail_launch(const Launch& launch) {
  const int code = errno;
  (void)!::write(launch.report, &code, sizeof code);  // nobody else can be told
  ::_exit(127);
}

[[noreturn]] void run_child(const Launch& launch) {
  struct sigaction standard{};
  standard.sa_handler = SIG_DFL;
  for (int number = 1; number < NSIG; ++number) {
    struct sigaction now{};
    if (::sigaction(number, nullptr, &now) == 0 && now.sa_handler != SIG_IGN) ::sigaction(number, &standard, nullptr);
  }
  ::sigprocmask(SIG_SETMASK, &launch.blocked, nullptr);
  ::prctl(PR_SET_PDEATHSIG, SIGTERM);
  if (::getppid() != launch.parent) ::_exit(127);  // it ended before we asked
  if (launch.home >= 0 && ::setns(launch.home, CLONE_NEWNET) != 0) fail_launch(launch);
  (void)::fcntl(launch.pipe, F_SETFD, 0);  // cannot fail for a descriptor that is open
  ::execve(launch.path, launch.words.data(), launch.environment.data());
  fail_launch(launch);
}

const char* program_of(Part part) { return part == Part::Vrrp ? "vrrpd" : "checkerd"; }
std::size_t index(Part part) { return static_cast<std::size_t>(part); }

}  // namespace

Children::Children(lib::event::Loop& loop, std::vector<std::string> words, UniqueFd home, lib::base::Duration watchdog, Listener listener)
    : loop_{loop}, watchdog_{watchdog}, words_{std::move(words)}, paths_{find_program(program_of(Part::Checkers)), find_program(program_of(Part::Vrrp))}, home_{std::move(home)},
      listener_{std::move(listener)} {}

lib::base::Result<pid_t> Children::start(Part part) {
  const std::string& path = paths_[index(part)];
  if (path.empty()) return lib::base::failure(std::string{program_of(part)} + " is not installed");
  int ends[2], words[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) return lib::base::system_failure("cannot start " + path, errno);
  const UniqueFd reading{ends[0]};
  UniqueFd report{ends[1]};
  if (::pipe2(words, O_CLOEXEC) != 0) return lib::base::system_failure("cannot start " + path, errno);
  UniqueFd from_child{words[0]};
  // Above stdio, also where somebody started us without it.
  UniqueFd to_parent{::fcntl(words[1], F_DUPFD_CLOEXEC, 3)};
  ::close(words[1]);
  if (!to_parent || ::fcntl(from_child.get(), F_SETFL, O_NONBLOCK) != 0) return lib::base::system_failure("cannot start " + path, errno);
  const std::vector<std::string> environment = environment_with(to_parent.get(), watchdog_);
  const Launch launch{.path = path.c_str(), .words = as_vector(words_), .environment = as_vector(environment), .blocked = requests(),
                      .parent = ::getpid(), .home = home_.get(), .report = report.get(), .pipe = to_parent.get()};
  // No signal meets the child with our handlers in place.
  sigset_t all, before;
  sigfillset(&all);
  ::sigprocmask(SIG_SETMASK, &all, &before);
  const pid_t child = ::fork();
  if (child == 0) run_child(launch);
  const int fork_fault = errno;
  ::sigprocmask(SIG_SETMASK, &before, nullptr);
  report.reset();
  to_parent.reset();
  if (child < 0) return lib::base::system_failure("cannot start " + path, fork_fault);
  int fault = 0;
  ssize_t got = 0;
  while ((got = ::read(reading.get(), &fault, sizeof fault)) < 0 && errno == EINTR) {
  }
  UniqueFd handle{static_cast<int>(::syscall(SYS_pidfd_open, child, 0))};
  if (got != static_cast<ssize_t>(sizeof fault) && !handle) {
    fault = errno;
    got = sizeof fault;
    (void)::kill(child, SIGKILL);  // without a handle we would not see its end
  }
  if (got == static_cast<ssize_t>(sizeof fault)) {
    while (::waitpid(child, nullptr, 0) < 0 && errno == EINTR) {
    }
    return lib::base::system_failure("cannot start " + path, fault);
  }
  pids_[index(part)] = child;
  tasks_.spawn(follow(part, child, std::move(handle), std::move(from_child)));
  return child;
}

void Children::send(Part part, int number) {
  if (const pid_t pid = pids_[index(part)]; pid != 0) (void)::kill(pid, number);  // not yet collected, so the number is still its own
}

/// What it said until now.
void Children::hear(Part part, lib::event::Descriptor& pipe) {
  char bytes[64];
  const ssize_t size = ::read(pipe.fd(), bytes, sizeof bytes);
  if (size == 0) return pipe.close();
  for (ssize_t i = 0; i < size; ++i) listener_.on_word(part, static_cast<ChildWord>(bytes[i]));
}

lib::event::Task<void> Children::follow(Part part, pid_t pid, UniqueFd handle, UniqueFd from_child) {
  lib::event::Waiter waiter{loop_};
  lib::event::Descriptor end{loop_, std::move(handle)}, pipe{loop_, std::move(from_child)};
  lib::event::Wake wake;
  while (wake.first == 0) {
    if (pipe.is_open()) wake = co_await waiter.either(end, lib::event::kRead, pipe, lib::event::kRead, lib::base::kNever);
    else wake = co_await waiter.ready(end, lib::event::kRead, lib::base::kNever);
    if (wake.second != 0) hear(part, pipe);
  }
  if (pipe.is_open()) hear(part, pipe);  // its last words
  int status = 0;
  while (::waitpid(pid, &status, 0) < 0 && errno == EINTR) {
  }
  pids_[index(part)] = 0;
  const Exit exit{.code = WIFEXITED(status) ? WEXITSTATUS(status) : 0, .signal = WIFSIGNALED(status) ? WTERMSIG(status) : 0};
  listener_.on_exit(part, exit);
}

}  // namespace keepalived::parent
