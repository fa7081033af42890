// What of statistics outlives the process: "dump stats-file" writes it, "stats-file" brings it back. Pure.
#pragma once

#include <optional>
#include <string>

#include "proxyd/config/stats_file.h"
#include "proxyd/stats/facts.h"

namespace proxyd::stats {

/// "#fe guid,conn_tot,...".
void append_kept_header(std::string& out, config::StatsDomain domain);
/// What `show stat` shows of it in the header's columns; nothing of an object that has no GUID.
void append_kept_row(std::string& out, config::StatsDomain domain, const ObjectFacts& object);
/// All of a proxy's objects in this domain: a frontend and its listeners, or a backend and its servers.
void append_kept_rows(std::string& out, config::StatsDomain domain, const ProxyFacts& proxy);

/// The counter that a column fills. Nothing: it is no counter of the threads'.
std::optional<Count> count_of(config::KeptColumn column);

}  // namespace proxyd::stats
