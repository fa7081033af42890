// What the process gives up: first root directory, user and capabilities, when everything is opened; then, when its threads run,
// new processes and the system calls that a proxy has no use for.
#pragma once

#include <string>

#include "lib/base/result.h"
#include "proxyd/config/model.h"

namespace proxyd {

/// Changes root and user, drops capabilities and forbids to gain rights. Before the threads start, whose rights are those of
/// the thread that starts them. The warning is something that was asked for and cannot be had, but is not needed.
struct Entered {
  std::string warning;
};
lib::base::Result<Entered> enter_sandbox(const config::Config& config);

/// After the threads have started, which a limit on processes would count. The error: no memory for a filter.
lib::base::Status close_sandbox(const config::Config& config);

}  // namespace proxyd
