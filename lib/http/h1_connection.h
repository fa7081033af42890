// The Connection header between two HTTP/1 hops: what is consumed here, what is said to the next
// one. Pure.
#pragma once

#include <cstdint>

#include "lib/http/h1_head.h"
#include "lib/http/h1_writer.h"

namespace lib::http {

/// What becomes of the connection that a message is sent on.
enum class Persistence : std::uint8_t { KeepAlive, Close };

/// Takes close and keep-alive out of the Connection fields of a head that had them when it was read. False: no room.
[[nodiscard]] bool strip_connection(HeadWriter& writer, MessageHead& head);

/// Takes close and keep-alive out of the client's Connection, keeps its other tokens, and says to
/// the server what `wish` needs to be said in the request's version. False: no room in the writer's
/// area (what fitted was done).
[[nodiscard]] bool forward_connection(HeadWriter& writer, RequestHead& request, Persistence wish);

/// The same for a response on its way to the client that sent `request`. Interim responses and
/// tunnels say nothing.
[[nodiscard]] bool forward_connection(HeadWriter& writer, ResponseHead& response, Persistence wish,
                                      const Asked& request);

}  // namespace lib::http
