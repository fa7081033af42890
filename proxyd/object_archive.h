// -dA: the program with the libraries that it has loaded, for whoever is to look at a core file of it.
#pragma once

#include <string>
#include <vector>

#include "lib/base/result.h"

namespace proxyd {

/// The files of the program and of its libraries that are loaded now, the program first.
std::vector<std::string> loaded_objects();

/// A tar archive (POSIX.1-1988, ustar) of these files under their paths without the first slash, what links point to in place of the links. `path`:
/// made or emptied; empty: standard output. Errors: "Cannot write <path>: ...".
lib::base::Status write_archive(const std::vector<std::string>& files, const std::string& path);

}  // namespace proxyd
