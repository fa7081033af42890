// The statistics page: what "stats enable", "stats uri" and the like put on the web, with its exports and its forms.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "lib/base/time.h"
#include "lib/net/address.h"
#include "proxyd/config/model.h"
#include "proxyd/samples/expression.h"

namespace proxyd::session {
struct Process;
}

namespace proxyd::stats {

struct PageRequest {
  std::string_view method, uri, authorization;
  std::string_view body;  // of a POST, whole
  lib::net::Address client;
  const samples::Subject* subject = nullptr;
};

struct PageAnswer {
  int status = 200;
  std::vector<std::pair<std::string, std::string>> headers;  // names in lower case; no framing headers
  std::string body;
};

/// Whether the request target asks for this page. It is not asked for by other methods than these: see takes_method().
bool is_stats_request(const config::StatsPage& conf, std::string_view uri);
/// GET, HEAD and POST; requests with other methods go their normal way.
bool takes_method(std::string_view method);

/// Answers a request that is_stats_request() accepted. `owner` is the proxy whose "stats" lines apply. A POST changes
/// servers where "stats admin" allows it.
PageAnswer answer(const PageRequest& request, session::Process& process, const config::Proxy& owner,
                  lib::base::Instant now);

}  // namespace proxyd::stats
