#include "lib/log/forwarder.h"

#include <sys/socket.h>

#include <catch2/catch.hpp>

#include <string>

#include "lib/net/socket.h"

using lib::base::Duration;
using lib::base::UniqueFd;
using lib::event::Loop;
using lib::event::TaskGroup;
using lib::log::Forwarding;
using lib::log::Ring;
using lib::log::RingMemory;

namespace {

/// A syslog server on a port of its own.
struct Server {
  Server() : listener{::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0)} {
    const lib::net::Address any = lib::net::Address::ipv4(INADDR_LOOPBACK, 0);
    REQUIRE(::bind(listener.get(), any.raw(), any.raw_size()) == 0);
    REQUIRE(::listen(listener.get(), 5) == 0);
    where.ip = lib::net::local_address(listener.get());
  }
  /// Runs the loop until `size` bytes have come, or a second has passed.
  std::string received(Loop& loop, std::size_t size) {
    std::string text;
    for (int round = 0; round < 100 && text.size() < size; ++round) {
      loop.run_once(Duration{10'000});
      if (!peer) peer.reset(::accept4(listener.get(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC));
      char bytes[4096];
      const ssize_t count = peer ? ::recv(peer.get(), bytes, sizeof bytes, 0) : -1;
      if (count > 0) text.append(bytes, static_cast<std::size_t>(count));
    }
    return text;
  }
  UniqueFd listener, peer;
  lib::net::Endpoint where;
};

Ring make_ring() { return Ring{std::move(*RingMemory::of_process(10000))}; }

}  // namespace

TEST_CASE("a ring's lines go to its server, those that were there first", "[log][ring]") {
  Loop loop;
  Server server;
  Ring ring = make_ring();
  REQUIRE(ring.append("one"));
  REQUIRE(ring.append("two"));
  TaskGroup tasks;
  Forwarding to;
  to.where = server.where;
  tasks.spawn(lib::log::forward(loop, ring, to));
  REQUIRE(server.received(loop, 8) == "one\ntwo\n");
  REQUIRE(ring.append("three"));
  REQUIRE(server.received(loop, 6) == "three\n");
}

TEST_CASE("with octet counts lines are told apart by their size", "[log][ring]") {
  Loop loop;
  Server server;
  Ring ring = make_ring();
  REQUIRE(ring.append("one"));
  REQUIRE(ring.append("twelve bytes"));
  TaskGroup tasks;
  Forwarding to;
  to.where = server.where;
  to.framing = Forwarding::Framing::OctetCount;
  tasks.spawn(lib::log::forward(loop, ring, to));
  REQUIRE(server.received(loop, 20) == "3 one12 twelve bytes");
}

TEST_CASE("a server that went away gets the rest when it is back", "[log][ring]") {
  Loop loop;
  Server server;
  Ring ring = make_ring();
  TaskGroup tasks;
  Forwarding to;
  to.where = server.where;
  tasks.spawn(lib::log::forward(loop, ring, to));
  REQUIRE(ring.append("one"));
  REQUIRE(server.received(loop, 4) == "one\n");
  server.peer.reset();
  loop.run_once(Duration{20'000});
  REQUIRE(ring.append("two"));
  std::string text;
  for (int second = 0; second < 3 && text.empty(); ++second) text = server.received(loop, 4);
  REQUIRE(text == "two\n");
}

TEST_CASE("a server that takes nothing makes the ring drop new lines", "[log][ring]") {
  Loop loop;
  Server server;
  const int small = 4096;
  REQUIRE(::setsockopt(server.listener.get(), SOL_SOCKET, SO_RCVBUF, &small, sizeof small) == 0);
  Ring ring = make_ring();
  TaskGroup tasks;
  Forwarding to;
  to.where = server.where;
  tasks.spawn(lib::log::forward(loop, ring, to));
  for (int i = 0; i < 20000 && ring.dropped() == 0; ++i) {
    (void)ring.append(std::string(1000, 'x'));
    if (i % 5 == 0) loop.run_once(Duration{0});
  }
  REQUIRE(ring.dropped() != 0);
}
