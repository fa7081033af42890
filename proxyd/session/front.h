// The client's side of a session: its connection, where it sleeps, what it is counted in.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "lib/event/channel.h"
#include "lib/net/address.h"
#include "proxyd/listen/frontend.h"
#include "proxyd/session/back.h"
#include "proxyd/session/buffer.h"
#include "proxyd/session/front_error.h"
#include "proxyd/session/variable_pool.h"
#include "proxyd/session/worker.h"

namespace lib::tls {
class ServerLayer;
}

namespace proxyd::session {

using lib::base::Duration;
using lib::base::Instant;
using lib::base::WallTime;

/// One client connection. Small on purpose: an idle keep-alive client is this and its coroutine's frame.
struct Front {
  Front(Worker& owner, listen::Frontend& through, listen::Listener& by, lib::base::UniqueFd fd,
        const lib::net::Address& peer);
  /// One stream of a connection of HTTP/2, as if it were a connection of its own.
  explicit Front(Front& connection);
  ~Front();
  Front(const Front&) = delete;
  Front& operator=(const Front&) = delete;

  Worker& worker;
  Front* const carrier = nullptr;  // the connection, where this is one of its streams
  SitePin site;                   // what the present stream began with
  listen::Frontend* frontend;     // of that site, as the next
  listen::Listener* listener;
  SessionInfo info;               // client address and start time are in here
  lib::event::Channel descriptor;
  lib::event::Waiter waiter;
  lib::tls::ServerLayer* tls = nullptr;  // the channel's own, where it speaks TLS
  WallTime accepted_wall;
  BufferPtr input;                // received and not yet used (a pipelined request), or null
  std::vector<BackPtr> own_backs;  // "http-reuse never": idle connections that only this session uses
  servers::Server* last_server = nullptr;
  FrontError error = FrontError::None;  // why it did not become a session
  bool is_dry = false;            // no connection: a question of what would be
  std::uint32_t requests = 0;     // seen so far
  Instant idle_since{};           // end of the last request, or the accept
  VariablesPtr variables;         // of the session

  // What must come before the client's first word, see foreword.h. The socket's, until a connection rule says more.
  bool expects_proxy = false, expects_netscaler = false;
  std::uint32_t netscaler_magic = 0;
  Instant ready{};                // when all of that had come; else the accept

  /// What was said of the client in place of what the kernel knows. Most connections have none.
  struct Announced {
    lib::net::Address real_source;  // AF_UNSPEC: `client()` is the real one
    lib::net::Address destination;  // AF_UNSPEC: the kernel's
    lib::net::Address real_destination;  // what a rule of the connection made of the kernel's; AF_UNSPEC: nothing
    bool has_proxy_header = false;
    const lib::net::Namespace* name_space = nullptr;  // named by that header, and known to the configuration
    std::string tlvs;               // of that header, as they came
  };
  std::unique_ptr<Announced> announced;
  Announced& announcement();
  /// From now on the client is taken to be, or to have connected to, that one.
  void set_source(const lib::net::Address& source);
  void set_destination(const lib::net::Address& destination);
  bool expects_foreword() const { return expects_proxy || expects_netscaler; }
  bool expects_tls() const;
  /// Where a server with "namespace *" is sought: in the one that a PROXY header names, else in the listener's. Null: our own.
  const lib::net::Namespace* client_namespace() const;
  bool received_proxy_header() const { return announced != nullptr && announced->has_proxy_header; }

  /// How much the connection gives way to others: from -1024 (none) to 1024 ("nice", "set-nice").
  void be_nice(int nice);
  void count_connection();
  /// Counts the session in and, where that is all there is to log, writes its line.
  void count_session();
  const config::Proxy& conf() const { return frontend->conf; }
  /// The connection ends without a word to the client ("silent-drop").
  void vanish(std::uint8_t reset_ttl);
  /// What streams share.
  Front& connection() { return carrier != nullptr ? *carrier : *this; }
  const Front& connection() const { return carrier != nullptr ? *carrier : *this; }
  /// Between two requests: the next one begins with the newest configuration, where that still has the socket.
  void follow_reload();
  int socket() const { return connection().descriptor.fd(); }
  servers::Cell& counters() { return frontend->counters.of(worker.index); }
  const lib::net::Address& client() const { return info.source; }
  Instant accepted() const { return info.began; }
  Instant now() const { return worker.loop.now(); }
  /// The process is stopping, or the frontend or its socket was shut down: the connection ends with the present response.
  bool takes_no_more() const {
    return worker.process.stopping.load(std::memory_order_relaxed) ||
           frontend->status.load(std::memory_order_relaxed) == listen::FrontendStatus::Stopped ||
           listener->state->is_closed.load(std::memory_order_relaxed);
  }
  /// Where the client connected to; asks the kernel.
  lib::net::Address destination() const;
  /// The ends of this very connection, whatever was announced.
  lib::net::Address real_destination() const;
  const lib::net::Address& real_source() const {
    return announced != nullptr && announced->real_source.family() != AF_UNSPEC ? announced->real_source : info.source;
  }
};

/// A connection that did not become a session; None: rules refused it, nothing else had gone wrong. A client that only connects
/// (a health check) is not worth a line with "option
/// dontlognull".
void log_connection_error(Front& front, FrontError error, bool said_something);

/// Sends all of `bytes` to the client. False: it left, or took longer than "timeout client".
lib::event::Task<bool> send_all(Front& front, std::string_view bytes);

/// Closes in order: tells the client that no more comes and reads what it still sends (bounded), so that a reset does not
/// destroy what it has not read yet.
lib::event::Task<void> linger(Front& front);

}  // namespace proxyd::session
