// Names of header fields: unusual ones of requests, and the spelling that bogus clients and servers want.
#pragma once

#include "proxyd/session/http_stream.h"

namespace proxyd::session {

/// Drops request headers as that policy says. False: the request is to be refused.
bool apply_name_policy(HttpStream& stream, config::NamePolicy policy);
/// "option http-restrict-req-hdr-names" of the frontend or the backend, each after its own rules.
inline bool restrict_names(HttpStream& stream, const config::Proxy& conf) {
  return conf.name_policy == config::NamePolicy::Preserve || apply_name_policy(stream, conf.name_policy);
}

/// Spells names as "h1-case-adjust" says: the last edit of a head.
void respell_names(lib::http::HeadWriter& writer, const config::Global& global);

}  // namespace proxyd::session
