// Whether a running daemon takes a file over, and --plan: what a reload from one file to another changes.
#pragma once

#include <string>

#include "keepalived/program.h"

namespace keepalived {

/// Why a daemon that runs does not take this file; empty: it does. Who runs with a file that has mistakes may go on so; else a
/// mistake changes nothing. Warnings are no mistakes. `refused`: what of `loaded` the daemon itself cannot live with; null: a parent.
std::string why_not_taken(const parsers::keepalived::Loaded& loaded, bool parsers::keepalived::Loaded::*refused, bool was_broken, const std::string& path);

/// Prints what going over from `line.config_file` to `line.plan` changes. 0: a reload takes it; else not, and stderr says why.
int print_plan(const Role& role, const CommandLine& line);

}  // namespace keepalived
