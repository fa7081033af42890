// What the fields of a complete head mean together: framing, persistence, upgrades, whom it is for
// (RFC 9112 §3, §6, §9). Internal to the codec; see h1_head.h. Pure.
#pragma once

#include <cstdint>

#include "lib/http/h1_head.h"

namespace lib::http {

struct Refusal {
  HeadFault fault = HeadFault::None;
  std::uint32_t position = 0;  // of the value or word concerned
};

/// Fills in all of `head` that follows from its lines; then, when nothing is wrong, prepares its
/// bytes for forwarding: names in lower case, later versions said to be HTTP/1.1, default ports
/// taken out of the target as haproxy does.
Refusal understand(RequestHead& head, const HeadOptions& options);
Refusal understand(ResponseHead& head, const Asked& request, const HeadOptions& options);

}  // namespace lib::http
