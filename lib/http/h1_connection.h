// The Connection header between two HTTP/1 hops: what is consumed here, what is said to the next one. Pure.
#pragma once

#include <cstdint>

#include "lib/http/h1_writer.h"

namespace lib::http {

/// What we say about the connection that a message is sent on.
enum class Persistence : std::uint8_t {
  KeepAlive,  // said only where the version does not imply it
  Close,
};

/// Consumes the client's close and keep-alive, keeps its other tokens, and says what `wish` needs to the server.
/// False: no room in the writer's area.
bool forward_connection(HeadWriter& writer, RequestHead& request, Persistence wish);

/// The same for a response; `client_minor` is the minor version that the client spoke (HTTP/1.0 keep-alive must be said).
bool forward_connection(HeadWriter& writer, ResponseHead& response, Persistence wish, std::uint8_t client_minor);

}  // namespace lib::http
