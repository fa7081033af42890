// Connections to servers, and the idle ones that a thread keeps for the next request.
#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "lib/event/frame_pool.h"
#include "lib/base/list.h"
#include "lib/event/channel.h"
#include "proxyd/servers/server.h"

namespace lib::tls {
class ClientLayer;
}

namespace proxyd::session {

class IdlePool;
class Http2Back;

/// One connection to a server.
struct BackConnection : lib::base::ListHook<BackConnection> {
  BackConnection(lib::event::Loop& loop, lib::base::UniqueFd fd, servers::Server& to);
  /// One stream of a connection of HTTP/2, as if it were a connection of its own.
  BackConnection(lib::event::Loop& loop, std::shared_ptr<Http2Back> shared, servers::Server& to);
  ~BackConnection();

  // From the thread's pool: a file with "option http-server-close" makes one for each request.
  static void* operator new(std::size_t size) { return lib::event::allocate_frame(size); }
  static void operator delete(void* memory, std::size_t size) noexcept { lib::event::release_frame(memory, size); }

  const std::shared_ptr<Http2Back> carrier;  // the connection, where this is one of its streams
  lib::event::Channel descriptor;
  lib::tls::ClientLayer* tls = nullptr;  // the channel's own, where it speaks TLS
  const std::shared_ptr<servers::ServerState> state;  // the server's
  servers::Server* server;    // while a stream uses the connection: as that stream's site has it
  std::uint32_t generation;   // of the server's pool when it was opened
  std::uint32_t uses = 0;     // requests sent on it so far
  bool is_idle = false;
  bool no_delay = true;       // TCP_NODELAY is set
  /// Sets it, for conversations of more than one piece: a request that fits one needs no call.
  void need_no_delay();
  lib::base::Instant idle_since{};
  lib::base::Duration kept_for{};  // idle: "pool-purge-delay"
  std::string foreword;       // the PROXY header, until it has been sent
  std::string binding;        // see BackPlan
  std::uint16_t lent_port = 0;  // of `ports`
  std::shared_ptr<servers::PortPool> ports;  // the server's source range; null: none was lent

  int socket() const;
  /// Kept for later requests, or in use by one: the server's counters tell.
  void set_idle(bool idle);
  /// Sends what is left of the foreword. `more_follows`: the request comes right behind it.
  bool say_foreword(bool more_follows);
};
using BackPtr = std::unique_ptr<BackConnection>;

/// Idle connections of one thread, by server. The kernel tells at once when a server closes one.
class IdlePool {
 public:
  IdlePool() = default;
  ~IdlePool();
  /// For so many servers; never fewer than before.
  void make_room(std::size_t servers) {
    while (idle_.size() < servers) idle_.emplace_back();
  }

  /// The connection used last of those with that binding, or null.
  BackPtr take(servers::Server& server, std::string_view binding);
  /// Keeps it, unless the server's limits say no ("pool-max-conn", "max-reuse").
  void put(BackPtr connection, lib::base::Instant now);
  /// Closes half of what each server has had idle for a whole "pool-purge-delay".
  void purge(lib::base::Instant now);
  /// Everything, at the end of the thread.
  void clear();
  /// How many this thread keeps to the server, for `show servers conn`.
  std::size_t count(const servers::Server& server);

 private:
  static void on_idle_event(lib::event::Descriptor& descriptor, void* context) noexcept;
  static void drop(BackConnection& connection);
  std::deque<lib::base::List<BackConnection, BackConnection>> idle_;  // by the server's number; lists cannot be moved
};

}  // namespace proxyd::session
