// "monitor-uri", "monitor fail" and "mode health": what asks whether we can serve, and what it hears.
#pragma once

#include "proxyd/session/http_stream.h"

namespace proxyd::session {

/// No condition of "monitor fail" holds; in mode health, a server is usable too, where there are servers.
bool is_fit(const Stream& stream);

/// For monitor-uri, or anything in mode health: no rule sees it.
bool is_monitoring(const HttpStream& stream);
lib::event::Task<After> answer_monitoring(HttpStream& stream);

/// Mode health in plain TCP: "OK" or nothing, and the end.
lib::event::Task<void> answer_health(Stream& stream);

}  // namespace proxyd::session
