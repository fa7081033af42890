// The variables that "set-var" and "set-var-fmt" of the global section set before there is any traffic.
#pragma once

#include "proxyd/session/worker.h"

namespace proxyd {

void set_start_variables(session::Process& process);

}  // namespace proxyd
