// "log" lines: where lines go, in what form, and which of them.
#pragma once

#include <optional>
#include <string_view>

#include "proxyd/config/line.h"

namespace proxyd::config {

/// The "log" line of a proxy or of the global section.
void read_log(Line& line);

/// "iso", "rfc5424"...; nothing for other words.
std::optional<LogFormatStyle> find_log_style(std::string_view name);

/// Whether every "ring@NAME" in use is one that there is, once all sections were read.
void check_log_rings(Draft& draft);

}  // namespace proxyd::config
