// Passes a ring's lines on to a syslog server over a stream connection, for as long as the process lives.
#pragma once

#include <cstdint>

#include "lib/event/task.h"
#include "lib/event/wait.h"
#include "lib/log/ring.h"
#include "lib/net/address.h"

namespace lib::log {

struct Forwarding {
  /// How lines are told apart: each ends with a line feed, or begins with its size (RFC 6587, 3.4.1).
  enum class Framing : std::uint8_t { LineFeed, OctetCount };
  net::Endpoint where;
  net::Address source;                 // AF_UNSPEC: any
  Framing framing = Framing::LineFeed;
  base::Duration connect_timeout{0};   // 0: none
  base::Duration send_timeout{0};      // the server takes nothing for so long: connected anew; 0: none
};

/// Connects, sends what is in the ring and what comes, and connects again a second after the connection was lost. While it
/// is connected the ring keeps what was not sent yet; a line that was sent in part is sent again. Runs until cancelled.
/// `loop` and `ring` outlive the task.
event::Task<void> forward(event::Loop& loop, Ring& ring, Forwarding to);

}  // namespace lib::log
