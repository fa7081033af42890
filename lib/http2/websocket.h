// What a WebSocket of HTTP/1 has and one of HTTP/2 has not.
#pragma once

#include <string>
#include <string_view>

namespace lib::http2 {

/// A new random Sec-WebSocket-Key, RFC 6455 section 4.1. Empty: there is no randomness.
std::string websocket_key();
/// The value of Sec-WebSocket-Accept for a key, RFC 6455 section 4.2.2.
std::string websocket_accept(std::string_view key);

}  // namespace lib::http2
