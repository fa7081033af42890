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
  lib::base::WallTime next_timer{};   // 0: none runs
  bool vmac_is_up = false;
  unsigned pending_scripts = 0;
};

struct ScriptSnapshot {
  bool is_up = false, is_pending = false, is_running = false;
  unsigned counter = 0;
};

struct ProcessSnapshot {
  std::size_t count = 0;
  bool has_quorum = false, waits = false;  // for a delay to pass
};

struct InterfaceSnapshot {
  std::string name, ipv4, ipv6, mac, parent;  // empty: none
  unsigned index = 0, mtu = 0, flags = 0;     // IFF_*
  bool is_up = false;
  std::uint16_t hardware_type = 0;            // ARPHRD_*
};

struct Snapshot {
  const parsers::keepalived::KeepalivedConfig* config = nullptr;
  std::vector<InstanceSnapshot> instances;   // parallel to the configuration's
  std::vector<State> groups;
  std::vector<ScriptSnapshot> scripts;
  std::vector<long long> files;              // the numbers in them
  std::vector<ProcessSnapshot> processes;
  std::vector<bool> bfds;                    // up?
  std::vector<InterfaceSnapshot> interfaces;
};

}  // namespace vrrpd::report
