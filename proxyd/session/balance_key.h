// What a stream brings to the choice of its server.
#pragma once

#include "proxyd/servers/backend.h"

namespace proxyd::session {

class Stream;

/// Random bits and, where the backend hashes, the hash of this stream's key. The same key whenever it is asked again.
const servers::PickKey& pick_key_of(Stream& stream);

}  // namespace proxyd::session
