// setenv, presetenv, unsetenv and resetenv in `global`: they change how the lines below them read.
#pragma once

#include "parsers/haproxy/file_state.h"

namespace parsers::haproxy {

/// Applies the line if it is one of these; reports what is wrong with it.
void apply_environment_keyword(FileState& file, const Statement& line);

}  // namespace parsers::haproxy
