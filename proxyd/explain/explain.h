// What would become of a request: every rule with its place and result, the backend and server, the timers, the log line.
// Nothing is sent and nothing is counted.
#pragma once

#include <string>

#include "proxyd/explain/question.h"
#include "proxyd/session/worker.h"

namespace proxyd::explain {

/// On the worker's own thread. Servers, weights and load are taken as they are now. What cannot be answered is an error.
lib::base::Result<std::string> explain(session::Worker& worker, const Question& question);

}  // namespace proxyd::explain
