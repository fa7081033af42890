// The runtime API's commands (`show ipvs`, `set server ...`), for socat and everybody else who speaks HAProxy's command language.
#pragma once

#include <vector>

#include "checkerd/report/desk.h"
#include "lib/runtime/command_table.h"

namespace checkerd::report {

/// `desk` outlives them.
std::vector<lib::runtime::Command> commands(Desk& desk);

}  // namespace checkerd::report
