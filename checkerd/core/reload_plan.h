// What a new file changes in the virtual servers, found out before anything is touched (checker-behaviour "Start, reload,
// stop"). Pure: two configurations in, a list out. `--plan` and `reload plan` print it, a reload carries it out.
#pragma once

#include <cstddef>
#include <optional>
#include <vector>

#include "lib/plan/plan.h"
#include "parsers/keepalived/config.h"

namespace checkerd {

/// A real server of the new file, found by address and port; its checkers by their values, so that one that changed is new.
struct ServerMatch {
  std::optional<std::size_t> was;                    // its number in the old virtual server
  std::vector<std::optional<std::size_t>> checkers;  // of each of its checkers
};

/// A virtual server of the new file, found by address, protocol and port, by mark, or by group and protocol.
struct VirtualServerMatch {
  std::optional<std::size_t> was;                    // its number in the old file
  std::vector<ServerMatch> servers;                  // of each of its real servers
  std::vector<std::size_t> removed;                  // real servers of the old one that are gone
};

struct ReloadPlan {
  std::vector<VirtualServerMatch> servers;           // of each virtual server of the new file
  std::vector<std::size_t> removed;                  // virtual servers of the old file that are gone
  lib::plan::Plan changes;                           // what is told; a refused one is not carried out
};

/// The whole configurations, since checkers name BFD sessions and track files that have their own lists.
ReloadPlan plan_reload(const parsers::keepalived::KeepalivedConfig& before, const parsers::keepalived::KeepalivedConfig& after);

}  // namespace checkerd
