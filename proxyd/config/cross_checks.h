// What can only be said of the whole: references between proxies, modes, missing timeouts, what
// follows from defaults.
#pragma once

#include "proxyd/config/draft.h"

namespace proxyd::config {

/// "h1-case-adjust-file": its lines beside those of "h1-case-adjust".
void read_header_cases(Draft& draft);

/// Fills in what follows from other sections and reports what does not fit together.
void finish(Draft& draft);

/// Timeouts and names of the servers in a section that is no proxy.
void check_server_section(Draft& draft, const ProxyDraft& about);

}  // namespace proxyd::config
