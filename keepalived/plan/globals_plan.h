// What a new file changes in global_defs and its like. Only what a daemon itself looks at: defaults of instances and virtual
// servers are told there, where they count.
#pragma once

#include <string>

#include "lib/plan/plan.h"
#include "parsers/keepalived/config.h"

namespace keepalived::plan {

/// Whose plan.
enum class Part : unsigned char { Vrrp = 1, Checkers = 2 };

void compare_globals(Part part, const parsers::keepalived::KeepalivedConfig& before, const parsers::keepalived::KeepalivedConfig& after, lib::plan::Plan& out);

/// What a plan that is refused says in the log: "Cannot change net_namespace at a reload - please restart keepalived".
std::string refusal(const lib::plan::Plan& plan);

}  // namespace keepalived::plan
