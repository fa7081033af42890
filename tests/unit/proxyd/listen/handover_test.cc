#include "proxyd/listen/handover.h"

#include <sys/socket.h>
#include <unistd.h>

#include <catch2/catch.hpp>

#include <cerrno>

using namespace proxyd::listen;
using lib::base::UniqueFd;
using lib::net::Endpoint;
using lib::net::ListenOptions;
using lib::net::Packet;
using lib::net::PacketRead;

namespace {

Endpoint tcp(const char* address, std::uint16_t port) {
  Endpoint where;
  where.ip = lib::net::Address::parse(address).value();
  where.ip.set_port(port);
  return where;
}

int backlog_of(int fd) {
  int listens = 0;
  socklen_t size = sizeof listens;
  return ::getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &listens, &size) == 0 ? listens : -1;
}

}  // namespace

TEST_CASE("sockets have one label when one can take the other's place", "[handover]") {
  ListenOptions plain, on_device;
  on_device.interface = "eth0";
  CHECK(socket_label(tcp("127.0.0.1", 80), plain) == socket_label(tcp("127.0.0.1", 80), plain));
  CHECK(socket_label(tcp("127.0.0.1", 80), plain) != socket_label(tcp("127.0.0.1", 81), plain));
  CHECK(socket_label(tcp("127.0.0.1", 80), plain) != socket_label(tcp("127.0.0.1", 80), on_device));
  ListenOptions both;
  both.v4_v6 = true;
  CHECK(socket_label(tcp("::", 80), plain) != socket_label(tcp("::", 80), both));
  Endpoint path;
  path.kind = Endpoint::Kind::UnixPath;
  path.path = "/a\nb";
  CHECK(socket_label(path, plain) == "unix@/a b");
  ListenOptions open_to_all;
  open_to_all.unix_mode = 0666;
  CHECK(socket_label(path, plain) != socket_label(path, open_to_all));
}

TEST_CASE("many sockets arrive with their labels, and each is taken once", "[handover]") {
  constexpr int kMany = 300;  // more than one packet carries
  auto pair = lib::net::packet_sockets();
  REQUIRE(pair);
  std::vector<UniqueFd> owners;
  std::vector<LabelledSocket> sent;
  for (int i = 0; i < kMany; ++i) {
    owners.emplace_back(::dup(STDOUT_FILENO));
    sent.push_back({"label " + std::to_string(i / 2), owners.back().get()});
  }
  lib::net::set_non_blocking((*pair)[0].get());
  REQUIRE(send_sockets((*pair)[0].get(), sent));
  (*pair)[0].reset();
  Inheritance inherited;
  Packet packet;
  while (lib::net::receive_packet((*pair)[1].get(), packet) == PacketRead::Packet) take_sockets(std::move(packet), inherited);
  CHECK(inherited.list().size() == kMany);
  CHECK(inherited.take("label 3"));
  CHECK(inherited.take("label 3"));
  CHECK_FALSE(inherited.take("label 3"));
  CHECK_FALSE(inherited.take("label"));
}

TEST_CASE("what is inherited is listened on again, with the new backlog; else a socket is made", "[handover]") {
  ListenOptions options;
  auto first = lib::net::listen_stream(tcp("127.0.0.1", 0), options);
  REQUIRE(first);
  const Endpoint where = tcp("127.0.0.1", lib::net::local_address(first->get()).port());
  Inheritance inherited;
  const int number = first->get();
  inherited.add(socket_label(where, options), std::move(*first));
  const auto again = listen_or_inherit(where, options, inherited);
  REQUIRE(again);
  CHECK(again->get() == number);
  CHECK(backlog_of(again->get()) == 1);
  CHECK(inherited.empty());
  const auto other = listen_or_inherit(tcp("127.0.0.1", 0), options, inherited);
  REQUIRE(other);
  CHECK(backlog_of(other->get()) == 1);
}

TEST_CASE("a packet that is too large or empty is refused, and an end is told from nothing", "[handover]") {
  auto pair = lib::net::packet_sockets();
  REQUIRE(pair);
  CHECK_FALSE(lib::net::send_packet((*pair)[0].get(), ""));
  CHECK_FALSE(lib::net::send_packet((*pair)[0].get(), std::string(lib::net::kMostPacketText + 1, 'x')));
  lib::net::set_non_blocking((*pair)[1].get());
  Packet packet;
  CHECK(lib::net::receive_packet((*pair)[1].get(), packet) == PacketRead::Nothing);
  (*pair)[0].reset();
  CHECK(lib::net::receive_packet((*pair)[1].get(), packet) == PacketRead::Ended);
  CHECK_FALSE(lib::net::send_packet((*pair)[1].get(), "x"));
  CHECK(errno == EPIPE);
}
