// The proxies, servers and user lists that expressions name: found when all of them are known.
#pragma once

#include "proxyd/config/draft.h"

namespace proxyd::config {

/// Alerts about each that does not exist.
void resolve_references(Draft& draft);

}  // namespace proxyd::config
