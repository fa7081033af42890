// Reads facts from the running process: the one place of this folder that touches running objects.
#pragma once

#include <cstddef>
#include <optional>

#include "lib/base/time.h"
#include "proxyd/session/worker.h"
#include "proxyd/stats/facts.h"
#include "proxyd/stats/info.h"

namespace proxyd::stats {

/// The proxy at this index of the configuration. Takes the backend's lock for a moment.
ProxyFacts gather_proxy(const session::Site& site, std::size_t proxy_index, lib::base::Instant now);
InfoFacts gather_info(const session::Site& site, lib::base::Instant now);

/// What the algorithm's column says.
std::string_view algorithm_word(config::Algorithm algorithm);
/// "127.0.0.1:80", "[::1]:80", "unix".
std::string address_text(const lib::net::Endpoint& where);

}  // namespace proxyd::stats
