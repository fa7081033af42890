// What a new file changes, found out before anything is touched (vrrp-behaviour section 17). Pure: two configurations in,
// a list out. `--plan` and `reload plan` print it, a reload carries it out.
#pragma once

#include <cstddef>
#include <optional>
#include <vector>

#include "lib/plan/plan.h"
#include "parsers/keepalived/config.h"

namespace vrrpd {

struct ReloadPlan {
  std::vector<std::optional<std::size_t>> was;   // of each instance of the new file: its number in the old one
  std::vector<std::size_t> removed;              // numbers in the old file
  lib::plan::Plan changes;                       // what is told; a refused one is not carried out
};

/// An instance is the same one when VRID, family, interface, way of sending and virtual MAC are the same, whatever its name.
ReloadPlan plan_reload(const parsers::keepalived::KeepalivedConfig& before, const parsers::keepalived::KeepalivedConfig& after);

/// Whether the sockets of an instance may stay open.
bool has_same_path(const parsers::keepalived::VrrpInstance& a, const parsers::keepalived::VrrpInstance& b);

}  // namespace vrrpd
