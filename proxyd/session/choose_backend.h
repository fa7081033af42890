// Which backend a stream goes to: "use_backend", "default_backend".
#pragma once

#include "proxyd/session/stream.h"

namespace proxyd::session {

/// Null when there is none.
servers::Backend* choose_backend_for(Stream& stream);

}  // namespace proxyd::session
