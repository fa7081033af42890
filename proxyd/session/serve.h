// A client connection from its first byte to its last.
#pragma once

#include "proxyd/session/front.h"

namespace proxyd::session {

/// Serves a client of an HTTP frontend, request after request.
lib::event::Task<void> serve_http(Worker& worker, listen::Frontend& frontend, listen::Listener& listener,
                                  lib::base::UniqueFd fd, lib::net::Address client);

/// All requests on a connection that has been admitted.
lib::event::Task<void> serve_requests(Front& front);

/// All requests on a connection that speaks HTTP/2; front.input may have its first bytes.
lib::event::Task<void> serve_http2(Front& front);

/// Serves a client of a TCP frontend; one that is led to an HTTP backend becomes one of HTTP there.
lib::event::Task<void> serve_tcp(Worker& worker, listen::Frontend& frontend, listen::Listener& listener,
                                 lib::base::UniqueFd fd, lib::net::Address client);

}  // namespace proxyd::session
