// Headers that tell a server who the client is: "option forwardfor", "option originalto", "option forwarded"; and how it speaks.
#pragma once

#include "lib/http/h1_writer.h"

namespace proxyd::session {

class HttpStream;

/// Each adds what frontend or backend ask for. False: the head has no room left.
bool add_forward_for(HttpStream& stream, lib::http::HeadWriter& writer);
bool add_original_to(HttpStream& stream, lib::http::HeadWriter& writer);
/// RFC 8470 section 5.1: that a request came before the end of TLS's handshake.
bool add_early_data(HttpStream& stream, lib::http::HeadWriter& writer);
bool add_forwarded(HttpStream& stream, lib::http::HeadWriter& writer);

}  // namespace proxyd::session
