// "tcp-request content" and "tcp-response content" of relays: rules that may wait for more of what either side says first.
#pragma once

#include "proxyd/session/pump.h"
#include "proxyd/session/request_rules.h"
#include "proxyd/session/tcp_stream.h"

namespace proxyd::session {

/// One proxy's rules on what the client says first. False: the stream has ended, only finish() is left.
lib::event::Task<bool> inspect_request(TcpStream& stream, const config::Proxy& conf, Side side);
/// Whether a relay goes on after the rules on what the server says first. OnlyAnswer: until the client has what is there.
enum class Relay : std::uint8_t { Refused, OnlyAnswer, GoesOn };
/// The backend's rules on what the server says first, while `up` goes on. What was read is in stream.answer.
lib::event::Task<Relay> inspect_response(TcpStream& stream, Pump& up);

}  // namespace proxyd::session
