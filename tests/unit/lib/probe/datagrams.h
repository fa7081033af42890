// A UDP server on a loopback port of the kernel's choice.
#pragma once

#include <sys/socket.h>

#include <string>
#include <vector>

#include "lib/event/loop.h"
#include "lib/event/wait.h"
#include "lib/net/address.h"
#include "lib/net/socket.h"

/// A UDP server; it answers from the test's loop.
struct Datagrams {
  explicit Datagrams(lib::event::Loop& loop) {
    where.ip = lib::net::Address::ipv4(0x7f000001, 0);
    lib::base::UniqueFd fd{::socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0)};
    (void)::bind(fd.get(), where.ip.raw(), where.ip.raw_size());
    where.ip = lib::net::local_address(fd.get());
    socket.open(loop, std::move(fd));
    tasks.spawn(serve(*this, loop));
  }
  static lib::event::Task<void> serve(Datagrams& self, lib::event::Loop& loop) {
    lib::event::Waiter waiter{loop};
    while (true) {
      (void)co_await waiter.ready(self.socket, lib::event::kRead, lib::base::kNever);
      char bytes[2048];
      sockaddr_storage from{};
      socklen_t size = sizeof from;
      sockaddr* const raw = reinterpret_cast<sockaddr*>(&from);
      const ssize_t got = ::recvfrom(self.socket.fd(), bytes, sizeof bytes, 0, raw, &size);
      if (got < 0) continue;
      self.received.assign(bytes, static_cast<std::size_t>(got));
      ++self.count;
      for (std::string answer : self.answers) {
        if (self.echoes_id && answer.size() >= 2 && got >= 2) answer.replace(0, 2, bytes, 2);
        (void)::sendto(self.socket.fd(), answer.data(), answer.size(), 0, raw, size);
      }
    }
  }
  lib::net::Endpoint where;
  lib::event::Descriptor socket;
  std::vector<std::string> answers;
  bool echoes_id = false;
  std::string received;
  int count = 0;
  lib::event::TaskGroup tasks;
};
