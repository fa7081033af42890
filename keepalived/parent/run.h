// `keepalived` from its command line to its end.
#pragma once

#include <string>
#include <vector>

namespace keepalived::parent {

/// The whole program; its exit code. `words`: argv.
int run(const std::vector<std::string>& words);

}  // namespace keepalived::parent
