// One request passed to a server and its response passed back.
#pragma once

#include "proxyd/session/http_stream.h"

namespace proxyd::session {

/// `stream` has its head and its backend. Answers by itself what cannot be served.
lib::event::Task<After> exchange(HttpStream& stream);
/// Puts the server's connection by for the next request: all that belonged to this one has passed.
void give_back(HttpStream& stream);

}  // namespace proxyd::session
