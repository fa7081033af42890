// -t: what is wrong with a configuration, as text, and the original's exit code.
#pragma once

#include <string>

#include "keepalived/command_line.h"
#include "parsers/keepalived/load.h"

namespace keepalived {

/// Complaints in the original's words, each with its line, caret and hint below it.
std::string render_findings(const parsers::keepalived::Loaded& loaded, bool with_places);
/// Reads, says and returns the exit code. What is wrong with the command line counts as what is wrong with a file.
int check_configuration(const parsers::keepalived::LoadOptions& options, const CommandLine& line);

}  // namespace keepalived
