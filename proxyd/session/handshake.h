// The TLS handshake with a client, before it is a session.
#pragma once

#include "lib/event/task.h"
#include "proxyd/session/front.h"

namespace proxyd::session {

/// From then on the client's channel speaks TLS. False: it did not come to that, which was logged.
lib::event::Task<bool> shake_hands(Front& front);

/// Where the session has begun before the end of the handshake (TLS 1.3's early data): goes on to that end. What kept it from it;
/// None also when the session was killed: then the client is early still.
lib::event::Task<FrontError> finish_handshake(Front& front);

}  // namespace proxyd::session
