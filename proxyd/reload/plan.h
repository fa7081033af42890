// What a reload changes. Pure.
#pragma once

#include "lib/plan/plan.h"
#include "proxyd/config/model.h"
#include "proxyd/reload/outline.h"

namespace proxyd::reload {

/// What the files say, and what that was read for.
struct Version {
  const Outline& outline;
  const config::Config& config;
};

/// Section by section and line by line, then the files that lines name. What no running process can change (threads, buffers, rights,
/// rings, sockets of the runtime API) is marked as refused: it needs a new process.
lib::plan::Plan plan(const Version& before, const Version& after);

}  // namespace proxyd::reload
