// "-d": what passes, on stdout, for the person who debugs. One line an event, in haproxy's shape and order. A stream is
// seen from its whole request on: what is refused before, or never asks, leaves no line.
#pragma once

namespace lib::http {
struct ResponseHead;
}

namespace proxyd::session {

class HttpStream;
class Stream;

/// The first line of a stream: "accept". A kept connection has one for each of its requests.
void trace_accept(Stream& stream);
void trace_request(HttpStream& stream);
void trace_response(HttpStream& stream, const lib::http::ResponseHead& response);
/// A relay's connection to its server stands.
void trace_connected(Stream& stream);
void trace_close(Stream& stream);

}  // namespace proxyd::session
