// What the reports show, as plain values: the daemon fills it in at the moment of asking.
#pragma once

#include <string>
#include <vector>

#include "parsers/keepalived/config.h"
#include "vrrpd/core/engine.h"
#include "vrrpd/core/receive.h"

namespace vrrpd::report {

struct InstanceSnapshot {
  RouterStatus status;
  InstanceCounters counters;
  std::string source;                 // of its adverts, or empty
  std::string vmac_interface;         // or empty
  lib::base::WallTime last_transition{};
  bool holds_addresses = false;
};

struct ScriptSnapshot {
  bool is_up = false, is_pending = false, is_running = false;
  unsigned counter = 0;
};

struct Snapshot {
  const parsers::keepalived::KeepalivedConfig* config = nullptr;
  std::vector<InstanceSnapshot> instances;   // parallel to the configuration's
  std::vector<State> groups;
  std::vector<ScriptSnapshot> scripts;
};

}  // namespace vrrpd::report
