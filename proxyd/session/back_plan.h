// How a connection to the chosen server is opened for a stream: where to, from where, and what is said first on it.
#pragma once

#include <string>

#include "lib/net/socket.h"
#include "proxyd/session/stream.h"

namespace proxyd::session {

struct BackPlan {
  lib::net::Endpoint where;
  lib::net::ConnectOptions options;
  std::string foreword;  // the PROXY header; empty: none
  std::string server_name;  // that TLS asks for; empty: none
  /// What makes the connection this client's: only a stream with the same may use it again. Empty: any stream may.
  std::string binding;
};

/// What the stream speaks in place of its server's traffic, for a WebSocket ("ws"); Any: the same.
config::ServerProtocol websocket_protocol(const Stream& stream);

/// False: the address that it should come from is not known ("usesrc hdr_ip").
bool plan_connection(Stream& stream, BackPlan& plan);

}  // namespace proxyd::session
