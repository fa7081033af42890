// What can only be said of the whole: references between proxies, modes, missing timeouts, what
// follows from defaults.
#pragma once

#include "proxyd/config/draft.h"

namespace proxyd::config {

/// Fills in what follows from other sections and reports what does not fit together.
void finish(Draft& draft);

}  // namespace proxyd::config
