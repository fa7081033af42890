// Makes a head true again after rules changed it: what it says about its connection and its body's length. Pure.
#pragma once

#include <cstdint>

#include "lib/http/h1_head.h"
#include "lib/http/h1_writer.h"

namespace lib::http {

/// Takes close and keep-alive out of Connection: they are the sender's, and rules neither see nor pass them on. What
/// connection_close and connection_keep_alive say afterwards is what rules put there. False: no room.
[[nodiscard]] bool hide_connection(HeadWriter& writer);
/// Reads the Connection and Upgrade fields again.
void reread_connection(MessageHead& head);

enum class Settling : std::uint8_t {
  Done,
  NoRoom,
  Contradiction,  // a Content-Length that is not that of the body: whoever reads it would lose his place
};

/// Lets Content-Length and Transfer-Encoding say how the body is sent, whatever rules made of them. For a response, `method`
/// is what the client asked with.
[[nodiscard]] Settling settle_framing(HeadWriter& writer, Method method = Method::Get);

}  // namespace lib::http
