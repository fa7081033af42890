// keepalived --plan: what a reload changes in both daemons, as each of them says it.
#pragma once

#include <string>
#include <vector>

#include "keepalived/command_line.h"
#include "parsers/keepalived/load.h"

namespace keepalived::parent {

/// Prints it; the exit code: 0 where a reload takes line.plan in place of line.config_file. `words`: argv, which the daemons get, too.
int print_plans(const CommandLine& line, const parsers::keepalived::LoadOptions& options, const std::vector<std::string>& words);

}  // namespace keepalived::parent
