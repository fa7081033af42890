#include "keepalived/parent/children.h"

#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <initializer_list>
#include <string_view>
#include <utility>

#include "keepalived/parent/programs.h"
#include "lib/event/launch.h"

namespace keepalived::parent {

using lib::base::UniqueFd;
using supervision::Exit;
using supervision::Part;

namespace {

/// The service manager is ours to talk to; that it watches us has been taken out already.
std::vector<std::string> environment_with(std::vector<std::string> more) {
  for (char** entry = environ; entry != nullptr && *entry != nullptr; ++entry)
    if (!std::string_view{*entry}.starts_with("NOTIFY_SOCKET=")) more.emplace_back(*entry);
  return more;
}

sigset_t set_of(std::initializer_list<int> numbers) {
  sigset_t set;
  sigemptyset(&set);
  for (const int number : numbers) sigaddset(&set, number);
  return set;
}

/// What asks a daemon for something, and would end a program that has not got so far as to listen.
sigset_t requests() { return set_of({SIGHUP, SIGUSR1, SIGUSR2, SIGRTMAX - 1, SIGRTMIN + 2}); }

/// Its status.
int collect(pid_t pid) {
  int status = 0;
  while (::waitpid(pid, &status, 0) < 0 && errno == EINTR) {
  }
  return status;
}

const char* program_of(Part part) { return part == Part::Vrrp ? "vrrpd" : "checkerd"; }
std::size_t index(Part part) { return static_cast<std::size_t>(part); }

}  // namespace

Children::Children(lib::event::Loop& loop, std::vector<std::string> words, UniqueFd home, lib::base::Duration watchdog, Listener listener)
    : loop_{loop}, watchdog_{watchdog}, words_{std::move(words)}, paths_{find_program(program_of(Part::Checkers)), find_program(program_of(Part::Vrrp))}, home_{std::move(home)},
      listener_{std::move(listener)} {}

lib::base::Result<Children::Process> Children::launch(Part part, std::vector<std::string> more, const sigset_t& blocked, int pipe) const {
  const std::string& path = paths_[index(part)];
  if (path.empty()) return lib::base::failure(std::string{program_of(part)} + " is not installed");
  const std::string failure = "cannot start " + path;
  // Made before the fork: after it only system calls are safe.
  const std::vector<std::string> texts = environment_with(std::move(more));
  const std::vector<char*> arguments = lib::event::argument_vector(words_), environment = lib::event::argument_vector(texts);
  const pid_t parent = ::getpid();
  const std::function<void(int)> become = [&](int) {
    ::prctl(PR_SET_PDEATHSIG, SIGTERM);
    if (::getppid() != parent) ::_exit(127);  // it ended before we asked
    if (home_ && ::setns(home_.get(), CLONE_NEWNET) != 0) return;
    (void)::fcntl(pipe, F_SETFD, 0);  // cannot fail for a descriptor that is open, and need not succeed for none
    ::execve(path.c_str(), arguments.data(), environment.data());
  };
  const auto started = lib::event::launch(failure, {.keeps_ignored = true, .blocked = blocked}, become);
  if (!started) return tl::unexpected{started.error()};
  Process child{.pid = *started, .handle = UniqueFd{static_cast<int>(::syscall(SYS_pidfd_open, *started, 0))}};
  if (child.handle) return child;
  const int fault = errno;
  (void)::kill(child.pid, SIGKILL);  // without a handle we would not see its end
  (void)collect(child.pid);
  return lib::base::system_failure(failure, fault);
}

lib::base::Result<pid_t> Children::start(Part part) {
  if (part == Part::Vrrp) dismiss();
  const std::string failure = std::string{"cannot start "} + program_of(part);
  int words[2];
  if (::pipe2(words, O_CLOEXEC) != 0) return lib::base::system_failure(failure, errno);
  UniqueFd from_child{words[0]};
  // Above stdio, also where somebody started us without it.
  UniqueFd to_parent{::fcntl(words[1], F_DUPFD_CLOEXEC, 3)};
  ::close(words[1]);
  if (!to_parent || ::fcntl(from_child.get(), F_SETFL, O_NONBLOCK) != 0) return lib::base::system_failure(failure, errno);
  std::vector<std::string> more{std::string{kParentVariable} + '=' + std::to_string(to_parent.get())};
  if (watchdog_ != watchdog_.zero()) more.push_back("WATCHDOG_USEC=" + std::to_string(watchdog_.count()));  // it says to us as often that it lives
  auto child = launch(part, std::move(more), requests(), to_parent.get());
  if (!child) return tl::unexpected{child.error()};
  to_parent.reset();
  pids_[index(part)] = child->pid;
  tasks_.spawn(follow(part, child->pid, std::move(child->handle), std::move(from_child)));
  return child->pid;
}

lib::base::Status Children::take_care() {
  dismiss();
  auto child = launch(Part::Vrrp, {std::string{kCaretakerVariable} + "=1"}, set_of({SIGTERM, SIGHUP, SIGINT, SIGUSR1, SIGUSR2}), -1);
  if (!child) return tl::unexpected{child.error()};
  caretaker_ = child->pid;
  tasks_.spawn(await_caretaker(std::move(child->handle)));
  return {};
}

/// It ends by itself where there is nothing to take care of.
lib::event::Task<void> Children::await_caretaker(UniqueFd handle) {
  lib::event::Waiter waiter{loop_};
  lib::event::Descriptor end{loop_, std::move(handle)};
  const pid_t pid = caretaker_;
  co_await waiter.ready(end, lib::event::kRead, lib::base::kNever);
  if (caretaker_ != pid) co_return;  // dismissed, and collected then
  (void)collect(std::exchange(caretaker_, 0));
}

/// What it stood in for comes back, or it will not be needed.
void Children::dismiss() {
  if (caretaker_ == 0) return;
  (void)::kill(caretaker_, SIGKILL);
  (void)collect(std::exchange(caretaker_, 0));
}

void Children::leave(lib::base::Duration patience) {
  tasks_.cancel_all();
  if (caretaker_ == 0) return;
  (void)::kill(caretaker_, SIGTERM);
  const UniqueFd handle{static_cast<int>(::syscall(SYS_pidfd_open, caretaker_, 0))};
  pollfd end{.fd = handle.get(), .events = POLLIN, .revents = 0};
  if (handle) (void)::poll(&end, 1, static_cast<int>(lib::base::to_ms(patience)));  // whatever it says, it is to end now
  dismiss();
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
  const int status = collect(pid);
  pids_[index(part)] = 0;
  const Exit exit{.code = WIFEXITED(status) ? WEXITSTATUS(status) : 0, .signal = WIFSIGNALED(status) ? WTERMSIG(status) : 0};
  listener_.on_exit(part, exit);
}

}  // namespace keepalived::parent
