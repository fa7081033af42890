// What comes before a client's first word: the header in which a proxy or load balancer in front of us names the client.
#pragma once

#include "proxyd/session/front.h"

namespace proxyd::session {

/// Receives what `front` expects ("accept-proxy", "accept-netscaler-cip" and the rules of these names) and takes over the
/// addresses it names; what came behind it is left in front.input. False: the connection is of no use, which has been logged.
lib::event::Task<bool> receive_forewords(Front& front);

}  // namespace proxyd::session
