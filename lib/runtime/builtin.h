// The commands that every daemon's runtime API has: they are about the connection itself.
#pragma once

#include <vector>

#include "lib/runtime/command_table.h"

namespace lib::runtime {

/// help, prompt, quit, user, operator, echo, show cli level, set severity-output, set timeout cli.
std::vector<Command> builtin_commands();

}  // namespace lib::runtime
