// One request passed to a server and its response passed back.
#pragma once

#include "proxyd/session/http_stream.h"

namespace proxyd::session {

/// `stream` has its head and its backend. Answers by itself what cannot be served.
lib::event::Task<After> exchange(HttpStream& stream);

}  // namespace proxyd::session
