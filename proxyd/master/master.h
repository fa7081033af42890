// The master process: keeps a worker running, reloads it without losing a connection, and speaks for it.
#pragma once

#include <string>
#include <vector>

#include "lib/base/unique_fd.h"
#include "lib/event/loop.h"
#include "lib/process/daemonize.h"
#include "lib/runtime/server.h"
#include "proxyd/master/launch.h"
#include "proxyd/master/roster.h"

namespace proxyd::master {

/// A socket on which people talk to the master.
struct MasterSocket {
  lib::base::UniqueFd fd;
  lib::runtime::Level level = lib::runtime::Level::Admin;
  std::string text;  // "unix@/run/haproxy-master.sock"
};

struct Start {
  Invocation invocation;
  pid_t first_worker = 0;
  lib::base::UniqueFd control;                        // our end of its line
  std::vector<MasterSocket> sockets;
  std::vector<pid_t> old_processes;                   // these get `old_signal` once the first worker serves
  int old_signal = 0;
  bool tells_manager = false;                         // -Ws
  std::string program;                                // "HAProxy"
  std::string executable;                             // as it was called
  std::unique_ptr<lib::process::Daemon> background;   // -D; else null
};

/// Runs until the last worker has ended after a stop or a failure. Returns the exit code.
int run(Start start);

/// Whoever waits for a reload: told once whether it succeeded.
struct ReloadWaiter {
  Reload reload = Reload::Soft;
  lib::event::Waiter* waiter = nullptr;
  bool is_answered = false, success = false;
};

/// Whoever asks what a reload would change.
struct PlanWaiter {
  lib::event::Waiter* waiter = nullptr;
  bool is_answered = false;
  std::string answer;
};

/// What the commands on the master socket work on.
class Host {
 public:
  virtual ~Host() = default;
  virtual const Roster& roster() const = 0;
  virtual lib::base::Instant started() const = 0;
  virtual const std::vector<MasterSocket>& sockets() const = 0;
  virtual const std::string& startup_log() const = 0;  // of the last start or reload
  /// Asks for a reload; `waiter` is told of its end unless it was forgotten before.
  virtual void reload(ReloadWaiter& waiter) = 0;
  virtual void forget(ReloadWaiter& waiter) = 0;
  /// Has the files read, and asks the worker what they would change. One after the other: it is answered at once while another waits.
  virtual void plan(PlanWaiter& waiter) = 0;
  virtual void forget(PlanWaiter& waiter) = 0;
  /// Connects to a worker as a client of that level; an empty owner when it cannot be reached.
  virtual lib::base::UniqueFd connect(pid_t worker, lib::runtime::Level level) = 0;
};

}  // namespace proxyd::master
