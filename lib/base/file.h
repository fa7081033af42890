// Whole files, read when a configuration is loaded or an administrator asks.
#pragma once

#include <optional>
#include <string>

namespace lib::base {

/// Asks as outside.h says. Nothing, with errno saying why: there is no such file, it must not be read, it is a directory.
std::optional<std::string> read_file(const std::string& path);

}  // namespace lib::base
