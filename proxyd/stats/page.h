// The statistics page: what "stats enable", "stats uri" and the like put on the web, with its exports and its forms.
#pragma once

#include <string_view>

#include "lib/base/time.h"
#include "proxyd/config/model.h"
#include "proxyd/session/local_page.h"

namespace proxyd::session {
struct Site;
}

namespace proxyd::stats {

using session::PageAnswer;
using session::PageRequest;

/// Whether the request target asks for this page. It is not asked for by other methods than these: see takes_method().
bool is_stats_request(const config::StatsPage& conf, std::string_view uri);
/// GET, HEAD and POST; requests with other methods go their normal way.
bool takes_method(std::string_view method);

/// Answers a request that is_stats_request() accepted. `owner` is the proxy whose "stats" lines apply. A POST changes
/// servers where "stats admin" allows it.
PageAnswer answer(const PageRequest& request, session::Site& site, const config::Proxy& owner,
                  lib::base::Instant now);

}  // namespace proxyd::stats
