// All that is tracked by script, file and process: one object for the daemon to start, keep over a reload and ask.
// Interfaces and BFD sessions report to the table through their own rooms' owner.
#pragma once

#include "vrrpd/track/files.h"
#include "vrrpd/track/processes.h"
#include "vrrpd/track/scripts.h"

namespace vrrpd::track {

class Trackers {
 public:
  Trackers(lib::event::Loop& loop, const parsers::keepalived::KeepalivedConfig& config, Sink& sink)
      : table{config}, scripts{loop, config, table, sink}, files{loop, config, table, sink},
        processes{loop, config, table, sink} {}

  /// `before` is what ran until now, on a reload.
  void start(const Trackers* before) {
    if (before != nullptr) {
      table.keep(before->table);
      scripts.keep_results(before->scripts);
    }
    scripts.start();
    files.start(before == nullptr ? Files::Start::Fresh : Files::Start::Reload);
    processes.start();
  }

  Table table;
  Scripts scripts;
  Files files;
  Processes processes;
};

}  // namespace vrrpd::track
