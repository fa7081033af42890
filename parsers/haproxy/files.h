// Which files a command line means, and what is in them. The one room of this folder that touches
// the file system.
#pragma once

#include <string>
#include <vector>

#include "lib/base/result.h"
#include "parsers/common/diagnostic.h"

namespace parsers::haproxy {

/// `-f` arguments as files: a directory stands for its regular, non-hidden *.cfg files sorted by
/// byte values; others stand for themselves, whether they exist or not. A directory that cannot be
/// read is an alert.
std::vector<std::string> config_files(const std::vector<std::string>& paths,
                                      common::Diagnostics& diagnostics);

/// The whole file; the error is an errno value with the original's message for it.
lib::base::Result<std::string> read_config_file(const std::string& path);

}  // namespace parsers::haproxy
