// The variables that "set-var" and "set-var-fmt" of the global section set before there is any traffic.
#pragma once

#include "proxyd/session/worker.h"

namespace proxyd {

/// What becomes of variables that are set already.
enum class Already : std::uint8_t { Replaced, Kept };

void set_start_variables(session::Process& process, Already already = Already::Replaced);

}  // namespace proxyd
