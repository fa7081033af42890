#include "proxyd/master/launch.h"

#include <fcntl.h>
#include <unistd.h>

#include <cstdlib>

#include "lib/event/launch.h"

namespace proxyd::master {

lib::base::Result<pid_t> launch_worker(const Invocation& invocation, const lib::base::UniqueFd& control) {
  lib::event::ChildSignals signals;
  sigemptyset(&signals.blocked);
  // The master has one thread, so that all of this is allowed between fork and exec.
  const std::function<void(int)> become = [&](int) {
    (void)::fcntl(control.get(), F_SETFD, 0);
    (void)::setenv(kControlVariable, std::to_string(control.get()).c_str(), 1);
    (void)::unsetenv("NOTIFY_SOCKET");
    if (invocation.descriptors) (void)::setrlimit(RLIMIT_NOFILE, &*invocation.descriptors);  // what was allowed before is now
    if (!invocation.home || ::fchdir(invocation.home.get()) == 0) ::execvp(invocation.arguments.front(), invocation.arguments.data());
  };
  return lib::event::launch(std::string{"Cannot start "} + invocation.arguments.front(), signals, become);
}

}  // namespace proxyd::master
