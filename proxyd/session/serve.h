// A client connection from its first byte to its last.
#pragma once

#include "proxyd/session/front.h"

namespace proxyd::session {

/// Serves a client of an HTTP frontend, request after request.
lib::event::Task<void> serve_http(Worker& worker, listen::Frontend& frontend, listen::Listener& listener,
                                  lib::base::UniqueFd fd, lib::net::Address client);

/// Serves a client of a TCP frontend.
lib::event::Task<void> serve_tcp(Worker& worker, listen::Frontend& frontend, listen::Listener& listener,
                                 lib::base::UniqueFd fd, lib::net::Address client);

}  // namespace proxyd::session
