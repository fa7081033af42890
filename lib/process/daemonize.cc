#include "lib/process/daemonize.h"

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>

namespace lib::process {
namespace {

/// Waits for the child's word; the exit code for the shell.
int wait_for_start(int from_child, pid_t child) {
  char word = 0;
  ssize_t size = 0;
  do {
    size = ::read(from_child, &word, 1);
  } while (size < 0 && errno == EINTR);
  if (size == 1) return 0;
  int status = 0;
  if (::waitpid(child, &status, 0) == child && WIFEXITED(status) && WEXITSTATUS(status) != 0)
    return WEXITSTATUS(status);
  return 1;
}

}  // namespace

base::Result<std::unique_ptr<Daemon>> Daemon::begin() {
  std::array<int, 2> ends{-1, -1};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0) return base::system_failure("Cannot fork", errno);
  base::UniqueFd from_child{ends[0]}, to_parent{ends[1]};
  const pid_t child = ::fork();
  if (child < 0) return base::system_failure("Cannot fork", errno);
  if (child > 0) {
    to_parent.reset();
    ::_exit(wait_for_start(from_child.get(), child));
  }
  (void)::setsid();  // a child that was just forked leads no group: cannot fail
  return std::unique_ptr<Daemon>{new Daemon{std::move(to_parent), open_null()}};  // a private constructor
}

void Daemon::ready(Streams streams) {
  if (streams == Streams::Close) detach_streams(null_);
  const char word = 1;
  const ssize_t told = ::write(to_parent_.get(), &word, 1);
  (void)told;  // a parent that was killed meanwhile needs no word
  to_parent_.reset();
}

base::UniqueFd open_null() { return base::UniqueFd{::open("/dev/null", O_RDWR | O_CLOEXEC)}; }

void detach_streams(const base::UniqueFd& null) {
  for (const int stream : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) {
    if (null) (void)::dup2(null.get(), stream);  // cannot fail for descriptors that exist
    else (void)::close(stream);                  // no /dev/null in a chroot: nothing better to do
  }
}

}  // namespace lib::process
