// What `keepalived` says of itself.
#pragma once

#include <string>
#include <vector>

#include "keepalived/supervision/supervision.h"
#include "parsers/keepalived/config.h"

namespace keepalived::parent {

/// "Keepalived v2.4.3 (Triad 0.1.0)": the release whose files and command lines it runs comes first, as scripts look for it there.
std::string release();
/// "Linux 6.1.0 #1 SMP": where it runs.
std::string running_on();
/// -v.
std::string version_text();
/// The parent's data dump.
std::string data_text(const parsers::keepalived::KeepalivedConfig& config, const supervision::Supervision& supervision);
/// "CPU usage (self/children) user: ...": at the end, with -D.
std::string cpu_usage();

}  // namespace keepalived::parent
