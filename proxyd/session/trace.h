// "-d": what passes, on stdout, for the person who debugs. One line an event, in haproxy's shape.
#pragma once

namespace proxyd::session {

class HttpStream;
struct Front;

void trace_accept(const Front& front);
void trace_request(const HttpStream& stream);
void trace_response(const HttpStream& stream);
void trace_close(const HttpStream& stream);

}  // namespace proxyd::session
