// Figures that only exist over time: what went out and how idle the threads were in the last second.
#pragma once

#include "lib/event/loop.h"
#include "lib/event/task.h"
#include "proxyd/session/worker.h"

namespace proxyd::stats {

/// Updates the process's BytesOutRate and Idle_pct every second until cancelled. One for the process.
lib::event::Task<void> measure(session::Process& process, lib::event::Loop& loop);

}  // namespace proxyd::stats
