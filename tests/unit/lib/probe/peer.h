// A small server on a loopback port of the kernel's choice, run by the test's own loop.
#pragma once

#include <sys/socket.h>

#include <memory>
#include <string>
#include <vector>

#include "lib/event/loop.h"
#include "lib/event/wait.h"
#include "lib/net/socket.h"

/// What the server does with each connection.
struct Answer {
  std::vector<std::string> pieces;        // sent one after the other
  lib::base::Duration gap{};              // before each piece
  bool reads_first = true;                // waits for bytes before it answers
  bool stays = false;                     // keeps the connection open in the end
  bool resets = false;                    // ends with a reset
};

class Peer {
 public:
  explicit Peer(lib::event::Loop& loop) : loop_{loop} {
    lib::net::Endpoint where;
    where.ip = lib::net::Address::ipv4(0x7f000001, 0);
    auto fd = lib::net::listen_stream(where, lib::net::ListenOptions{});
    endpoint.ip = lib::net::local_address(fd->get());
    listener_.open(loop, std::move(*fd));
    tasks_.spawn(accept_all(*this));
  }

  lib::net::Endpoint endpoint;
  Answer answer;
  std::string received;
  int connections = 0;
  bool last_was_reset = false;  // the client ended its connection with a reset

 private:
  static lib::event::Task<void> accept_all(Peer& peer) {
    lib::event::Waiter waiter{peer.loop_};
    while (true) {
      (void)co_await waiter.ready(peer.listener_, lib::event::kRead, lib::base::kNever);
      const int fd = ::accept4(peer.listener_.fd(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
      if (fd < 0) continue;
      ++peer.connections;
      peer.tasks_.spawn(serve(peer, fd));
    }
  }

  static lib::event::Task<void> serve(Peer& peer, int raw) {
    lib::event::Waiter waiter{peer.loop_};
    lib::event::Descriptor socket{peer.loop_, lib::base::UniqueFd{raw}};
    const Answer answer = peer.answer;
    char bytes[4096];
    if (answer.reads_first) {
      (void)co_await waiter.ready(socket, lib::event::kRead, lib::base::kNever);
      const ssize_t count = ::recv(raw, bytes, sizeof bytes, 0);
      peer.last_was_reset = count < 0;
      if (count > 0) peer.received.append(bytes, static_cast<std::size_t>(count));
    }
    for (const std::string& piece : answer.pieces) {
      if (answer.gap.count() > 0) (void)co_await waiter.until(waiter.now() + answer.gap);
      (void)::send(raw, piece.data(), piece.size(), MSG_NOSIGNAL);
    }
    if (answer.stays) (void)co_await waiter.until(lib::base::kNever);
    if (answer.resets) lib::net::set_reset_on_close(raw);
  }

  lib::event::Loop& loop_;
  lib::event::Descriptor listener_;
  lib::event::TaskGroup tasks_;
};

/// A port on loopback where nobody listens.
inline lib::net::Endpoint closed_port() {
  lib::net::Endpoint where;
  where.ip = lib::net::Address::ipv4(0x7f000001, 0);
  const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  (void)::bind(fd, where.ip.raw(), where.ip.raw_size());
  where.ip = lib::net::local_address(fd);
  ::close(fd);
  return where;
}
