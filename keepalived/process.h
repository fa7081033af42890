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
/// The first complaint that counts, with its line: what a person who reloads wants to know.
std::string first_complaint(const parsers::keepalived::Loaded& loaded);

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
