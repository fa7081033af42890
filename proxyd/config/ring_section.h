// "ring" sections: memory for log lines, and the servers that they are passed on to.
#pragma once

#include <string>

#include "parsers/haproxy/tree.h"
#include "proxyd/config/draft.h"

namespace proxyd::config {

/// Of a ring file's size; what the original keeps its own head in.
inline constexpr std::uint64_t kRingFileHead = 72;

void read_ring(Draft& draft, const parsers::haproxy::Section& section);

/// The ring that a "log tcp@..." line makes for its server; returns its name.
std::string add_implicit_ring(Draft& draft, const LogTarget& target);

/// The ring that the debug converter writes to where it names nothing else, if it does and no section declares it.
void add_debug_ring(Draft& draft);

/// What only the whole tells about the rings' servers.
void check_rings(Draft& draft);

/// Null when there is none.
const Ring* find_ring(const Config& config, std::string_view name);

/// Options of a "server" line that say something to a ring's server.
bool matters_in_ring(std::string_view server_option);

}  // namespace proxyd::config
