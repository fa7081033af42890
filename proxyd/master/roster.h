// Which workers there are, and what is to be done when one is ready or ends, or when somebody asks for a reload or the end.
// Pure: events come in, actions go out, in the order in which they are to be done.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "lib/base/time.h"

namespace proxyd::master {

/// What a worker's files say that concerns its master.
struct WorkerSettings {
  std::uint32_t max_reloads = UINT32_MAX;  // "mworker-max-reloads"
  bool exit_on_failure = true;             // unless "master-worker no-exit-on-failure"
  bool operator==(const WorkerSettings&) const = default;
};

struct Worker {
  pid_t pid = 0;
  std::uint32_t reloads = 0;   // that it has seen
  lib::base::Instant since{};
  std::string version;
  bool is_current = false;     // others are on their way out
};

/// How a process ended.
struct Ending {
  int code = 0;
  int signal = 0;  // 0: it exited with `code`
  /// As a shell counts it.
  int status() const { return signal != 0 ? 128 + signal : code; }
};

struct Say {
  enum class Level : std::uint8_t { Notice, Warning, Alert } level;
  std::string text;
  bool operator==(const Say&) const = default;
};
struct Signal {
  pid_t pid;
  int number;
  bool operator==(const Signal&) const = default;
};
/// How a reload treats what runs: a Soft one lets the worker take the files over, or finish what it does beside a new one.
/// "hard-reload" always ends in a new worker, and ends the others at once.
enum class Reload : std::uint8_t { Soft, Hard };
/// Start a process that reads the files anew and becomes a worker.
struct Launch {
  bool operator==(const Launch&) const = default;
};
struct TellManager {
  enum class What : std::uint8_t { Reloading, Ready, ReadyAfterFailure, Stopping } what;
  bool operator==(const TellManager&) const = default;
};
/// Listening sockets that are kept for the next worker are worth nothing any more: clients must not wait in them.
struct DropSockets {
  bool operator==(const DropSockets&) const = default;
};
/// Whoever waits for the start or reload that was under way hears how it went; who asked meanwhile waits for the next one.
struct AnswerReload {
  bool success;
  bool operator==(const AnswerReload&) const = default;
};
struct Exit {
  int code;
  bool operator==(const Exit&) const = default;
};
using Action = std::variant<Say, Signal, Launch, TellManager, DropSockets, AnswerReload, Exit>;
using Actions = std::vector<Action>;

class Roster {
 public:
  /// `program`: as messages call it, "HAProxy".
  explicit Roster(std::string program) : program_{std::move(program)} {}

  /// A process was started that will be a worker once it says that it is ready.
  void on_launched(pid_t pid, lib::base::Instant now);
  void on_launch_failed(const std::string& why, Actions& out);
  void on_ready(pid_t pid, const WorkerSettings& settings, std::string version, Actions& out);
  /// The current worker has taken over the files that the process which was to follow it had read: that one is not needed.
  void on_taken_over(const WorkerSettings& settings, Actions& out);
  void on_exit(pid_t pid, Ending ending, Actions& out);
  /// Reloads while one is under way become one more behind it, a hard one if any of them was to be.
  void on_reload(Reload reload, Actions& out);
  /// SIGUSR1 lets workers finish what they do, SIGTERM and SIGINT do not.
  void on_stop(int signal_number, Actions& out);

  const std::vector<Worker>& workers() const { return workers_; }  // the current one last
  const Worker* current() const;
  bool is_loading() const { return loading_.has_value(); }
  /// The process that loads is to be a worker of its own.
  bool needs_new_worker() const { return reload_ == Reload::Hard; }
  bool is_stopping() const { return is_stopping_; }
  std::uint32_t reloads() const { return reloads_; }
  std::uint32_t failed() const { return failed_; }  // since the last one that did not

 private:
  void begin_reload(Reload reload, Actions& out);
  void begin_next_reload(Actions& out);
  void end_failed_load(Actions& out);
  void end_good_load(Actions& out);
  void lose_current(const Worker& gone, Ending ending, Actions& out);
  void conclude(Actions& out);
  std::string program_;
  std::vector<Worker> workers_;
  std::optional<Worker> loading_;
  WorkerSettings settings_;
  std::uint32_t reloads_ = 0, failed_ = 0;
  int exit_code_ = 0;
  bool has_served_ = false;   // some worker was ready once
  bool is_stopping_ = false;
  Reload reload_ = Reload::Soft;  // that is under way
  std::optional<Reload> next_reload_;
};

}  // namespace proxyd::master
