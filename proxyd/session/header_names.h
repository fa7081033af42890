// Names of header fields: unusual ones of requests, and the spelling that bogus clients and servers want.
#pragma once

#include "proxyd/session/http_stream.h"

namespace proxyd::session {

/// "option http-restrict-req-hdr-names" of the frontend or the backend.
inline bool restricts_names(const HttpStream& stream) {
  return stream.front.conf().name_policy != config::NamePolicy::Preserve ||
         stream.back_conf().name_policy != config::NamePolicy::Preserve;
}
/// Drops what is to be dropped. False: the request is to be refused.
bool restrict_names(HttpStream& stream);

/// Spells names as "h1-case-adjust" says: the last edit of a head.
void respell_names(lib::http::HeadWriter& writer, const config::Global& global);

}  // namespace proxyd::session
