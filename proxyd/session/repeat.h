// "retry-on": a request is asked again when its answer is none, or one of those that were named.
#pragma once

#include <cstdint>

namespace proxyd::session {

class HttpStream;

/// How waiting for an answer ended, as "retry-on" sees it.
enum class Outcome : std::uint8_t { Answer, Empty, Junk, Late, Other };

/// Keeps a copy of the request's body where that is all there; call it before the body moves on.
void keep_body(HttpStream& stream);
/// Whether this outcome is one to ask again for, and the request can be.
bool may_repeat(const HttpStream& stream, Outcome outcome);
/// Forgets the answer and lets go of the connection, and makes the request ready to be sent once more.
void make_repeatable(HttpStream& stream, Outcome outcome);

}  // namespace proxyd::session
