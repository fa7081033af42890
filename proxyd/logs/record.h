// Everything that a log line about a stream or a session can show. The stream fills it and hands it over at its end.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "lib/base/time.h"
#include "lib/net/address.h"

namespace proxyd::logs {

/// A timer in milliseconds; -1: that step was never reached.
using TimerMs = std::int64_t;

/// Views need to live only during the call. Names of fields are followed by the log-format aliases they feed.
struct LogRecord {
  // Who. The frontend's own name comes from the logger.
  std::string_view backend;             // %b; empty: none chosen, the frontend's name is shown
  std::string_view server = "<NOSRV>";  // %s; "<STATS>" for the statistics page
  lib::net::Address client;             // %ci %cp; AF_UNIX shows "unix" and the listener's id
  lib::net::Address destination;        // %fi %fp
  lib::net::Address back_source;        // %bi %bp
  lib::net::Address back_destination;   // %si %sp
  std::uint32_t listener_id = 0;        // Bind::id
  bool front_is_tls = false;            // %ft's "~"
  std::string_view tls_version, tls_cipher;  // %sslv %sslc

  // When.
  lib::base::WallTime accepted{};       // %t %T %Tl %Ts %ms
  lib::base::WallTime requested{};      // %tr %trg %trl: first byte of the request; zero: as accepted
  TimerMs handshake = 0;                // %Th
  TimerMs idle = 0;                     // %Ti
  TimerMs request = -1;                 // %TR
  TimerMs whole_request = -1;           // %Tq = Th + Ti + TR, -1 when TR is
  TimerMs queue = -1;                   // %Tw
  TimerMs connect = -1;                 // %Tc
  TimerMs response = -1;                // %Tr
  TimerMs data = -1;                    // %Td
  TimerMs active = 0;                   // %Ta: from the request's first byte to the end
  TimerMs total = 0;                    // %Tt: from accept to the end
  TimerMs user = 0;                     // %Tu: Ta + idle + handshake as the user saw it

  // What.
  int status = -1;                      // %ST
  std::uint64_t bytes_to_client = 0;    // %B
  std::uint64_t bytes_from_client = 0;  // %U
  std::string_view method, uri, version;  // %r %HM %HU %HV: as received; version "HTTP/1.1"
  bool bad_request = false;             // %r is "<BADREQ>": could not be parsed or never came in full
  /// Bytes of a request that never became one came in (bytes_from_client does not count those): not "null".
  bool client_spoke = false;
  std::string_view unique_id;           // %ID
  std::string_view request_cookie;      // %CC, "name=value"; empty: none
  std::string_view response_cookie;     // %CS
  /// %hr %hs: one for each declared capture, in order; a null view is one that was not there.
  std::span<const std::string_view> request_captures, response_captures;
  char termination[4] = {'-', '-', '-', '-'};  // %tsc; %ts is the first two

  // How busy.
  std::uint32_t process_connections = 0;   // %ac
  std::uint32_t frontend_connections = 0;  // %fc
  std::uint32_t backend_connections = 0;   // %bc
  std::uint32_t server_connections = 0;    // %sc
  std::uint32_t retries = 0;               // %rc
  bool redispatched = false;               // %rc's "+"
  std::uint32_t server_queue = 0;          // %sq
  std::uint32_t backend_queue = 0;         // %bq
  std::uint32_t request_counter = 0;       // %rt

  /// Syslog level set by "http-request set-log-level"; nothing: as usual.
  std::optional<int> level;
};

}  // namespace proxyd::logs
