// "server" and "default-server" lines.
#pragma once

#include "proxyd/config/line.h"

namespace proxyd::config {

void read_server(Line& line);
void read_default_server(Line& line);

/// Looks up the names of servers that have no numeric address, after everything was read.
void resolve_servers(Draft& draft);

}  // namespace proxyd::config
