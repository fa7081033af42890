// Runs the vrrp_scripts: each at once, then at every interval, never twice at a time.
#pragma once

#include <memory>
#include <vector>

#include "lib/event/loop.h"
#include "vrrpd/track/script_state.h"
#include "vrrpd/track/sink.h"

namespace vrrpd::track {

/// How a script stands, for dumps.
struct ScriptStatus {
  Result status = Result::Pending;
  unsigned counter = 0;
  bool is_running = false;
};

class Scripts {
 public:
  /// Everything named here must outlive the object. Results go into the table, effects to the sink.
  Scripts(lib::event::Loop& loop, const parsers::keepalived::KeepalivedConfig& config, Table& table, Sink& sink);
  ~Scripts();  ///< scripts that still run get SIGTERM, or SIGKILL when end() has asked them before
  Scripts(const Scripts&) = delete;
  Scripts& operator=(const Scripts&) = delete;

  /// Unchanged scripts keep their result over a reload. Call before start().
  void keep_results(const Scripts& before);
  /// Starts those that somebody tracks.
  void start();
  ScriptStatus status(std::size_t index) const;
  /// At the stop: no more runs, and what runs is asked to end.
  void end();

 private:
  void signal_running(int number);
  struct Runner;
  lib::event::Task<void> run(Runner& runner);
  lib::event::Task<void> run_once(Runner& runner);
  void report(Runner& runner, bool succeeded, const std::string& how);

  lib::event::Loop& loop_;
  const parsers::keepalived::KeepalivedConfig& config_;
  Table& table_;
  Sink& sink_;
  std::vector<std::unique_ptr<Runner>> runners_;  // parallel to config_.scripts
  bool has_ended_ = false;
  lib::event::TaskGroup tasks_;
};

}  // namespace vrrpd::track
