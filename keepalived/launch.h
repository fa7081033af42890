// Starting a script as the configuration says: its user, its words, an environment without traps (vrrp-behaviour section 8).
#pragma once

#include <sys/types.h>

#include <span>
#include <string>

#include "lib/base/result.h"
#include "parsers/keepalived/config.h"

namespace keepalived {

/// Never a shell, but for text files without "#!" and redirection tests. `more` is appended to the arguments. The child
/// ends with us unless `outlives` (stop scripts).
enum class Life : std::uint8_t { WithUs, Outlives };
lib::base::Result<pid_t> start_script(const parsers::keepalived::Command& command, std::span<const std::string> more,
                                      Life life = Life::WithUs);

}  // namespace keepalived
