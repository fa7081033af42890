// What a request and its response pass, in one order: for those who serve them and for those who explain.
#pragma once

#include <array>

#include "proxyd/session/http_stream.h"
#include "proxyd/session/request_rules.h"

namespace proxyd::session {

enum class Station : std::uint8_t {
  Content,     // "tcp-request content"
  Arrival,     // of the frontend: from here on it is a request, with its number, captures and id
  Monitoring,  // of the frontend: "monitor-uri", "mode health"
  Request,     // "http-request"
  FieldNames,  // "option http-restrict-req-hdr-names"
  Statistics,  // "stats uri"
  Redirects,   // "redirect"
};

/// The way of a request through a proxy: the frontend, and then the backend where that is another one.
inline constexpr auto kRequestWay =
    std::to_array<Station>({Station::Content, Station::Arrival, Station::Monitoring, Station::Request, Station::FieldNames,
                            Station::Statistics, Station::Redirects});

/// Whether a request passes that station of a proxy at all; whether it is stopped there is the station's matter.
constexpr bool has_station(const config::Proxy& conf, Side side, Station station) {
  switch (station) {
    case Station::Content: return !conf.rules.tcp_content.empty();
    case Station::Arrival: return side == Side::Front;
    case Station::Monitoring: return side == Side::Front && (!conf.monitor_uri.empty() || conf.answers_health);
    case Station::Request: return !conf.rules.http_request.empty();
    case Station::FieldNames: return conf.name_policy != config::NamePolicy::Preserve;
    case Station::Statistics: return conf.stats.enabled;
    case Station::Redirects: return !conf.rules.redirects.empty();
  }
  return false;
}

/// Rules on a response's way. They are skipped where the list is empty.
struct ResponseStop {
  const rules::RuleList* list;
  samples::Place place;
  Duration delay{};  // "inspect-delay"
};

/// The backend's "tcp-response" and "http-response", then the frontend's "http-response" where that is another proxy.
inline std::array<ResponseStop, 3> response_way(const config::Proxy& front, const config::Proxy& back) {
  static const rules::RuleList kNone;
  const bool apart = &front != &back;
  return {{{&back.rules.tcp_response, samples::Place::ResponseContent, back.rules.response_inspect_delay},
           {&back.rules.http_response, samples::Place::ResponseHead},
           {apart ? &front.rules.http_response : &kNone, samples::Place::FrontResponseHead}}};
}

}  // namespace proxyd::session
