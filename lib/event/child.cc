#include "lib/event/child.h"

#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>

namespace lib::event {

lib::base::Result<pid_t> start_child(const std::vector<std::string>& argv, ChildOptions options) {
  std::vector<char*> words;
  for (const std::string& word : argv) words.push_back(const_cast<char*>(word.c_str()));  // execve's old signature
  words.push_back(nullptr);
  if (options.environment.empty()) options.environment.emplace_back("PATH=/usr/sbin:/usr/bin:/sbin:/bin");
  std::vector<char*> environment;
  for (std::string& entry : options.environment) environment.push_back(entry.data());
  environment.push_back(nullptr);

  posix_spawnattr_t attributes;
  posix_spawn_file_actions_t actions;
  posix_spawnattr_init(&attributes);
  posix_spawn_file_actions_init(&actions);
  sigset_t none, all;
  sigemptyset(&none);
  sigfillset(&all);
  posix_spawnattr_setsigmask(&attributes, &none);
  posix_spawnattr_setsigdefault(&attributes, &all);
  posix_spawnattr_setpgroup(&attributes, 0);
  posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETPGROUP);
  posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
  if (options.standard_output) {
    posix_spawn_file_actions_adddup2(&actions, options.standard_output.get(), 1);
    posix_spawn_file_actions_adddup2(&actions, options.standard_output.get(), 2);
  } else {
    posix_spawn_file_actions_addopen(&actions, 1, "/dev/null", O_WRONLY, 0);
    posix_spawn_file_actions_addopen(&actions, 2, "/dev/null", O_WRONLY, 0);
  }
  pid_t child = -1;
  const int fault = posix_spawn(&child, argv.front().c_str(), &actions, &attributes, words.data(), environment.data());
  posix_spawn_file_actions_destroy(&actions);
  posix_spawnattr_destroy(&attributes);
  if (fault != 0) return lib::base::system_failure("cannot start " + argv.front(), fault);
  return child;
}

Task<ChildExit> child_end(Waiter& waiter, pid_t child, Instant deadline) {
  ChildExit result;
  {
    Descriptor pidfd{waiter.loop(), lib::base::UniqueFd{static_cast<int>(::syscall(SYS_pidfd_open, child, 0))}};
    bool ended = false;
    if (pidfd.is_open()) {
      const Wake wake = co_await waiter.ready(pidfd, kRead, deadline);
      ended = wake.first != 0;
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
