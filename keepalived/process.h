// What a daemon of keepalived's does with itself around its work: its network namespace, priority, reload files, runtime socket.
#pragma once

#include <optional>
#include <string>

#include "keepalived/logger.h"
#include "lib/base/result.h"
#include "lib/base/unique_fd.h"
#include "lib/event/loop.h"
#include "lib/event/task.h"
#include "lib/runtime/command_table.h"
#include "parsers/keepalived/load.h"

namespace keepalived {

/// The network namespace of that name under /run/netns.
lib::base::Status enter_namespace(const std::string& name);
/// Priority, memory and processors, as the vrrp_ and checker_ keywords ask. What cannot be had is logged.
void tune_process(const parsers::keepalived::ProcessTuning& tuning, Logger& logger);
/// "keepalived_vrrp" with process_names, or the name that is asked for; else as it was started.
void name_process(const parsers::keepalived::GlobalDefs& global, const parsers::keepalived::ProcessTuning& tuning, const char* part);
/// startup_script, shutdown_script: runs to its end, at most as long as `timeout`; a failure is logged.
void run_to_end(const parsers::keepalived::Command& command, lib::base::Duration timeout, Logger& logger);
/// Gives the system back what reading a file and filling a table needed, which is a multiple of what stays.
void return_free_memory();
/// config_save_dir: the files as they were read, in one.
void save_configuration(const parsers::keepalived::KeepalivedConfig& config, Logger& logger);

/// max_auto_priority: a process whose timers come late raises its real-time priority, a step each time.
class AutoPriority {
 public:
  explicit AutoPriority(Logger& logger) : logger_{logger} {}
  void use(const parsers::keepalived::GlobalDefs& global) { most_ = global.max_auto_priority, allowed_ = global.min_auto_priority_delay; }
  void on_lateness(lib::base::Duration late);

 private:
  Logger& logger_;
  int most_ = 0, now_ = 0;
  lib::base::Duration allowed_{1'000'000};
};

/// The first complaint that counts, with its line: what a person who reloads wants to know.
std::string first_complaint(const parsers::keepalived::Loaded& loaded);

/// -m and -M: core dumps are allowed, and the kernel's core_pattern is ours while this lives.
class CoreDumps {
 public:
  CoreDumps(bool allowed, const std::string& pattern, Logger& logger);
  ~CoreDumps();
  CoreDumps(const CoreDumps&) = delete;
  CoreDumps& operator=(const CoreDumps&) = delete;

 private:
  std::string before_;  // empty: it was not changed
};

/// reload_file: there while the configuration is read.
class ReloadMark {
 public:
  explicit ReloadMark(std::string path);
  ~ReloadMark();
  ReloadMark(const ReloadMark&) = delete;
  ReloadMark& operator=(const ReloadMark&) = delete;

 private:
  std::string path_;
};

/// The runtime socket. Without it the daemon runs all the same: addresses and servers matter more.
class RuntimeSocket {
 public:
  /// `path`: as asked for; empty: /run/triad/NAME.sock. `commands` outlives it.
  RuntimeSocket(lib::event::Loop& loop, const std::string& path, const std::string& name, const lib::runtime::CommandTable& commands, Logger& logger);
  /// Takes the socket away.
  ~RuntimeSocket();
  RuntimeSocket(const RuntimeSocket&) = delete;
  RuntimeSocket& operator=(const RuntimeSocket&) = delete;

 private:
  std::string path_;  // that we made
  lib::event::TaskGroup tasks_;
};

}  // namespace keepalived
