// Counts the processes of the vrrp_track_processes: told by the kernel's process connector, or, where that cannot be had
// (inside a network namespace, without rights), by looking at /proc four times a second.
#pragma once

#include <sys/types.h>

#include <memory>
#include <unordered_map>
#include <vector>

#include "lib/event/loop.h"
#include "lib/event/wait.h"
#include "vrrpd/track/sink.h"

namespace vrrpd::track {

class Processes {
 public:
  Processes(lib::event::Loop& loop, const parsers::keepalived::KeepalivedConfig& config, Table& table, Sink& sink);
  ~Processes();
  Processes(const Processes&) = delete;
  Processes& operator=(const Processes&) = delete;

  void start();
  std::size_t count(std::size_t index) const;
  bool has_quorum_now(std::size_t index) const;

 private:
  struct Tracker;
  lib::event::Task<void> listen();
  lib::event::Task<void> hold(Tracker& tracker);
  void look_at(pid_t process);
  void scan();
  bool open_connector();
  void read_connector();
  void on_count(Tracker& tracker, lib::base::Duration delay);
  void settle(Tracker& tracker);
  void set_matches(pid_t process, std::uint64_t mask);

  lib::event::Loop& loop_;
  const parsers::keepalived::KeepalivedConfig& config_;
  Table& table_;
  Sink& sink_;
  lib::event::Descriptor connector_;
  std::vector<std::unique_ptr<Tracker>> trackers_;          // parallel to config_.track_processes
  std::unordered_map<pid_t, std::uint64_t> matching_;       // a bit for each tracker that counts the process
  bool started_ = false;
  lib::event::TaskGroup tasks_;
};

}  // namespace vrrpd::track
