// What the process gives up: first root directory, user and capabilities, when everything is opened; then, when its threads run,
// new processes and the system calls that a proxy has no use for.
#pragma once

#include "lib/base/result.h"
#include "lib/process/privileges.h"
#include "proxyd/config/model.h"

namespace proxyd {

/// The kinds of rights that a configuration needs for as long as it runs.
struct Needs {
  bool network = false;      // foreign source addresses, one interface, marks: CAP_NET_ADMIN or CAP_NET_RAW
  bool name_spaces = false;  // connections opened in other namespaces: CAP_SYS_ADMIN
};

Needs needs_of(const config::Config& config);
/// The first thing that `held` does not allow, or null: what a reload in place asks before it takes a file over.
const char* missing_right(const Needs& needs, lib::process::Capabilities held);

/// Changes root and user, drops capabilities and forbids to gain rights. Before the threads start, whose rights are those of
/// the thread that starts them. The warning is something that was asked for and cannot be had, but is not needed.
struct Entered {
  std::string warning;
};
lib::base::Result<Entered> enter_sandbox(const config::Config& config);

/// After the threads have started, one of which a limit on processes would count. The error: no memory for a filter.
lib::base::Status close_sandbox(const config::Config& config);

}  // namespace proxyd
