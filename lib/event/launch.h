// A child that becomes another program, and how its parent learns that it could not.
#pragma once

#include <signal.h>
#include <sys/types.h>

#include <functional>
#include <string>
#include <vector>

#include "lib/base/result.h"

namespace lib::event {

/// What the child's signals are like when it begins.
struct ChildSignals {
  bool keeps_ignored = false;  // what we ignore, it ignores; otherwise all do what is standard
  sigset_t blocked{};          // of sigemptyset: none
};

/// Starts a child that calls `become` and returns once it runs its program. Between the fork and that call all its signals are blocked and our
/// handlers gone, so that nothing meant for it reaches us. `become` makes only system calls, as what follows a fork must where there are threads, ends
/// in execve, and comes back only where that or a step before it failed: then errno says why. `report` is a descriptor above stdio that
/// it leaves open. Errors: "`failure`: ..." with the child's errno, and nothing of it is left.
lib::base::Result<pid_t> launch(const std::string& failure, const ChildSignals& signals, const std::function<void(int report)>& become);

/// For execve's old signature: the texts, which must stay, and a null.
std::vector<char*> argument_vector(const std::vector<std::string>& texts);

}  // namespace lib::event
