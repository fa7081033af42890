// Long work beside a loop: on a thread of its own, while the loop goes on.
#pragma once

#include <functional>

#include "lib/event/wait.h"

namespace lib::event {

/// Runs `work` on another thread, which takes no signals, and resumes when it has ended. When the conversation is cancelled, the
/// work is waited for: what it looks at may be the conversation's own. Where no thread is to be had (limits), the loop does the work
/// and everything else waits.
Task<void> run_aside(Waiter& waiter, std::function<void()> work);

}  // namespace lib::event
