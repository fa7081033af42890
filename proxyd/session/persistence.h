// Clients that come back to their server: by a cookie, an RDP cookie, and the rules that force or ignore it.
#pragma once

#include <cstdint>
#include <string_view>

#include "lib/http/h1_writer.h"

namespace proxyd::servers {
class Server;
}

namespace proxyd::session {

class Stream;
class HttpStream;

/// What bound a stream to its server.
enum class BoundBy : std::uint8_t { Nothing, Rule, Cookie, RdpCookie };

/// What a stream knows of its persistence.
struct Affinity {
  servers::Server* bound = nullptr;  // where it must go; null: as the algorithm says, or no more (redispatched)
  BoundBy bound_by = BoundBy::Nothing;
  bool even_down = false;            // "option persist", "force-persist"
  bool ignored = false;              // "ignore-persist"
  char seen = '-', told = '-';       // third and fourth character of the log's termination
  std::int64_t idle_date = 0, first_date = 0;  // in the client's cookie, seconds; 0: none
};

/// "option persist", "force-persist" and "ignore-persist": before the others.
void begin_persistence(Stream& stream);
/// Looks for the backend's cookie in the request, binds the stream to the server that it names, and takes out of the request
/// what the server must not see. False: no room for the edit.
bool take_request_cookie(HttpStream& stream, lib::http::HeadWriter& writer);
/// What the response says of the cookie: the server's own is changed or dropped, ours is added. False: no room.
bool give_response_cookie(HttpStream& stream, lib::http::HeadWriter& writer);
/// "option checkcache": the server sets a cookie, and a cache could give it to others with this response.
bool shares_cookie(const HttpStream& stream);
/// "persist rdp-cookie", in the first bytes of a connection.
void take_rdp_cookie(Stream& stream, std::string_view bytes);

}  // namespace proxyd::session
