// keepalived's dump files: .stats (SIGUSR2), .data (SIGUSR1) and .json (SIGJSON), in the original's shapes
// (cli-and-signals, "Dump files"). Text only; write_dump() puts it on the disk.
#pragma once

#include <string>

#include "lib/base/result.h"
#include "lib/base/unique_fd.h"
#include "vrrpd/report/snapshot.h"

namespace vrrpd::report {

std::string stats_text(const Snapshot& snapshot);
std::string data_text(const Snapshot& snapshot);
std::string json_text(const Snapshot& snapshot);
/// One instance's part of the .data dump.
std::string instance_text(const Snapshot& snapshot, std::size_t index);

/// Mode 0600, never through a link; a file that cannot be written whole leaves the old one as it was.
lib::base::Status write_dump(const std::string& path, const std::string& text);
/// TMPDIR or /tmp, and keepalived's name for it.
std::string default_dump_path(const std::string& extension);

}  // namespace vrrpd::report
