// The rules on a request's way: carried out, with what they end in.
#pragma once

#include <optional>

#include "proxyd/session/http_stream.h"

namespace proxyd::session {

/// In which part a proxy's rules are evaluated.
enum class Side : std::uint8_t { Front, Back };

/// Before the rules of a list: strict again, and what concerns two neighbours alone is out of their sight.
void prepare_for_rules(HttpStream& stream, bool of_response);

/// How the log shows a request that ended with that rule of a list.
void note_end(HttpStream& stream, samples::Place place, rules::Flow flow);

/// What a client gets that did not get what it asked for, unless the rule has an answer of its own.
constexpr int status_after(rules::Flow flow, bool of_response) {
  if (flow == rules::Flow::Deny) return of_response ? 502 : 403;
  return flow == rules::Flow::Close ? 502 : 500;
}
/// The answer of a rule that ended a request, and how it is logged; that page where the answer cannot be made.
std::string answer_of(HttpStream& stream, const rules::Rule& rule, samples::Place place, int otherwise);

/// "tcp-request content" of one proxy. Nothing: the request goes on.
lib::event::Task<std::optional<After>> apply_content_rules(HttpStream& stream, const config::Proxy& conf, Side side);
/// "http-request" of one proxy.
lib::event::Task<std::optional<After>> apply_request_rules(HttpStream& stream, const config::Proxy& conf, Side side);
/// "redirect" lines of one proxy.
lib::event::Task<std::optional<After>> apply_redirects(HttpStream& stream, const config::Proxy& conf, Side side);

/// "stats http-request": who may see the page of that proxy.
lib::event::Task<std::optional<After>> apply_stats_rules(HttpStream& stream, const config::Proxy& conf);

bool has_response_rules(const HttpStream& stream);
/// "tcp-response content" and "http-response": the backend's, then the frontend's.
lib::event::Task<std::optional<After>> apply_response_rules(HttpStream& stream);

/// "option checkcache" found a cookie that a cache could share: answers 502 in place of the response.
lib::event::Task<After> refuse_shared_cookie(HttpStream& stream);

bool has_after_response_rules(const HttpStream& stream);
/// "http-after-response", also on answers of our own. False: a change failed.
bool apply_after_response_rules(HttpStream& stream);

}  // namespace proxyd::session
