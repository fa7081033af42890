// Names of header fields: unusual ones of requests, and the spelling that bogus clients and servers want.
#pragma once

#include "proxyd/session/http_stream.h"

namespace proxyd::session {

/// "option http-restrict-req-hdr-names": drops request headers as that policy says. False: the request is to be refused.
bool apply_name_policy(HttpStream& stream, config::NamePolicy policy);

/// Spells names as "h1-case-adjust" says: the last edit of a head.
void respell_names(lib::http::HeadWriter& writer, const config::Global& global);

}  // namespace proxyd::session
