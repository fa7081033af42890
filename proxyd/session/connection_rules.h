// The rules on a connection before there is anything to read of it: "tcp-request connection" and "tcp-request session".
#pragma once

#include "proxyd/session/front.h"

namespace proxyd::session {

/// Counts the connection, asks its frontend's rules, receives what must come first, and counts the session. False: the
/// connection is to be closed; what there is to count and log has been.
lib::event::Task<bool> admit(Front& front);

}  // namespace proxyd::session
