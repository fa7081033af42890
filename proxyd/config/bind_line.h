// "bind" lines of proxies and "stats socket" lines of global: addresses, then options.
#pragma once

#include "proxyd/config/line.h"

namespace proxyd::config {

void read_bind(Line& line);
/// Appends to Global::stats_sockets.
void read_stats_socket(Line& line);

}  // namespace proxyd::config
