// keepalived's dump files on the disk (cli-and-signals, "Dump files").
#pragma once

#include <string>

#include "lib/base/result.h"
#include "parsers/keepalived/config.h"

namespace keepalived {

/// Where a dump goes: `configured`, or keepalived's name for it in TMPDIR or /tmp ("/tmp/keepalived.data"). `part` is the
/// process ("_check"; empty: VRRP), `extension` "data", "stats" or "json".
std::string dump_path(const parsers::keepalived::KeepalivedConfig& config, const std::string& configured, const char* part, const char* extension);
/// Mode 0600, never through a link; a file that cannot be written whole leaves the old one as it was.
lib::base::Status write_dump(const std::string& path, const std::string& text);

}  // namespace keepalived
