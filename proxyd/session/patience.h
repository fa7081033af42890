// How long a conversation under way waits for either side, and who is to blame when nothing comes.
#pragma once

#include <algorithm>
#include <cstdint>

#include "proxyd/session/pump.h"
#include "proxyd/session/stream.h"

namespace proxyd::session {

/// What both sides are waited for: lib::event::kRead, kWrite.
struct Needs {
  unsigned front = 0;
  unsigned back = 0;
  Instant pause = lib::base::kNever;  // until then something rests, to be no faster than it may

  /// `pump` is paced.
  void rest(const Pump& pump) { pause = std::min(pause, pump.resume_at()); }
};

/// Which side let its time pass.
/// None: it was only a pause, and things go on.
enum class Late : std::uint8_t { Client, Server, None };

struct Patience {
  Instant deadline;
  Late whose;
};

enum class Flow : std::uint8_t {
  Message,     // "timeout client" and "timeout server"
  Tunnel,      // "timeout tunnel" where that is set
  HalfClosed,  // a tunnel that one side has closed: "timeout client-fin" and "timeout server-fin" where they are set
};

/// When each side was last heard of.
struct Heard {
  Instant front;
  Instant back;
};

Patience patience_for(const Stream& stream, const Needs& needs, Flow flow, const Heard& heard);
/// The same, counted from now.
Patience patience_for(const Stream& stream, const Needs& needs, Flow flow);

}  // namespace proxyd::session
