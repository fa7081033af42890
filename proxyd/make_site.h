// What runs of one configuration is made here, from nothing or to follow what runs now.
#pragma once

#include <memory>

#include "proxyd/config/model.h"
#include "proxyd/servers/backend.h"
#include "proxyd/session/worker.h"

namespace proxyd {

/// Makes the frontends, backends and loggers of a configuration; binds nothing. What `before` has of the same name goes on in them:
/// counters, health, what was set at run time. Null: nothing ran before.
std::shared_ptr<session::Site> make_site(session::Process& process, std::shared_ptr<const config::Config> config,
                                         const session::Site* before);

/// "option socket-stats": counters of a frontend's sockets, where they have none yet.
void count_by_socket(listen::Frontend& frontend, unsigned threads);

/// Takes changes of state to stderr and to the logs of the proxy concerned.
servers::EventSink event_sink(session::Process& process);

}  // namespace proxyd
