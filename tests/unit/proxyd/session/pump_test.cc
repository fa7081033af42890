#include "proxyd/session/pump.h"

#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <catch2/catch.hpp>
#include <random>
#include <string>

#include "lib/net/socket.h"

using namespace proxyd::session;
using lib::base::UniqueFd;
using lib::http::BodyKind;

namespace {

/// A connected pair of TCP sockets on loopback.
struct TcpPair {
  UniqueFd near, far;
  TcpPair() {
    lib::net::Endpoint where;
    where.ip = *lib::net::Address::parse("127.0.0.1");
    auto listener = lib::net::listen_stream(where, {});
    REQUIRE(listener.has_value());
    where.ip = lib::net::local_address(listener->get());
    auto client = lib::net::start_connect(where, lib::net::ConnectOptions{});
    REQUIRE(client.has_value());
    far = std::move(*client);
    pollfd ready{listener->get(), POLLIN, 0};
    REQUIRE(poll(&ready, 1, 1000) == 1);
    near = UniqueFd{accept4(listener->get(), nullptr, nullptr, SOCK_NONBLOCK)};
    REQUIRE(near);
  }
};

/// A pump between two pairs, and the two far ends in the test's hands.
struct Bench {
  lib::event::Loop loop;
  BufferPools buffers{16384};
  PipePool pipes;
  TcpPair in, out;
  lib::event::Channel from{loop, std::move(in.near)}, to{loop, std::move(out.near)};
  Pump pump{from, to, buffers};

  void write_in(std::string_view bytes) {
    REQUIRE(send(in.far.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL) == static_cast<ssize_t>(bytes.size()));
    settle();
  }
  static void settle() { usleep(300); }  // loopback delivers before send returns; the pause is for slow machines
  std::string read_out() {
    std::string all;
    std::array<char, 65536> piece;
    for (ssize_t got; (got = recv(out.far.get(), piece.data(), piece.size(), MSG_DONTWAIT)) > 0;)
      all.append(piece.data(), static_cast<std::size_t>(got));
    return all;
  }
};

std::string pattern(std::size_t size, unsigned seed) {
  std::mt19937 random{seed};
  std::string text(size, 0);
  for (char& c : text) c = static_cast<char>(random());
  return text;
}

}  // namespace

TEST_CASE("a body of known length is passed on to its last byte and no further", "[session][pump]") {
  Bench bench;
  bench.pump.set_body(BodyKind::Length, 5);
  CHECK(bench.pump.step() == PumpState::NeedsInput);
  bench.write_in("helloNEXT");
  CHECK(bench.pump.step() == PumpState::Finished);
  CHECK(bench.read_out() == "hello");
  CHECK(bench.pump.passed() == 5);
  std::array<char, 8> rest{};
  CHECK(recv(bench.from.fd(), rest.data(), rest.size(), MSG_DONTWAIT) == 4);  // not even read
}

TEST_CASE("bytes that came with the head go first", "[session][pump]") {
  Bench bench;
  auto buffer = bench.buffers.normal.take();
  std::copy_n("headbodynext", 12, buffer->data);
  buffer->end = 12;
  buffer->begin = 4;
  bench.pump.set_body(BodyKind::Length, 4);
  bench.pump.feed(std::move(buffer));
  CHECK(std::string_view{bench.pump.ready_bytes().data(), bench.pump.ready_bytes().size()} == "body");
  CHECK(bench.pump.step() == PumpState::Finished);
  CHECK(bench.read_out() == "body");
  const auto leftover = bench.pump.take_leftover();
  REQUIRE(leftover);
  CHECK(std::string_view{leftover->head(), leftover->size()} == "next");
}

TEST_CASE("chunked bodies pass as they are, their extensions do not", "[session][pump]") {
  Bench bench;
  bench.pump.set_body(BodyKind::Chunked, 0);
  for (const char c : std::string_view{"5;x=y\r\nhello\r\n3\r\nabc\r\n0\r\nx-t: 1\r\n\r\n"}) {
    bench.write_in({&c, 1});
    (void)bench.pump.step();
  }
  CHECK(bench.pump.is_finished());
  CHECK(bench.read_out() == "5\r\nhello\r\n3\r\nabc\r\n0\r\nx-t: 1\r\n\r\n");
}

TEST_CASE("broken chunks stop the pump", "[session][pump]") {
  Bench bench;
  bench.pump.set_body(BodyKind::Chunked, 0);
  bench.write_in("zz\r\n");
  CHECK(bench.pump.step() == PumpState::BadFraming);
  CHECK(bench.pump.step() == PumpState::BadFraming);
  CHECK(bench.read_out().empty());
}

TEST_CASE("a peer that closes within a body cuts it, at the end of a close-delimited one it ends it", "[session][pump]") {
  Bench cut, whole, tunnel;
  cut.pump.set_body(BodyKind::Length, 10);
  cut.write_in("abc");
  cut.in.far.reset();
  Bench::settle();
  (void)cut.pump.step();
  CHECK(cut.pump.step() == PumpState::InputCut);
  CHECK(cut.read_out() == "abc");
  whole.pump.set_body(BodyKind::UntilClose, 0);
  whole.write_in("abc");
  whole.in.far.reset();
  Bench::settle();
  (void)whole.pump.step();
  CHECK(whole.pump.step() == PumpState::Finished);
  tunnel.pump.set_body(BodyKind::Tunnel, 0);
  REQUIRE(shutdown(tunnel.in.far.get(), SHUT_WR) == 0);
  Bench::settle();
  CHECK(tunnel.pump.step() == PumpState::Finished);
  char byte = 0;
  CHECK(recv(tunnel.out.far.get(), &byte, 1, MSG_DONTWAIT) == 0);  // the half-close went on
  CHECK(send(tunnel.out.far.get(), "x", 1, MSG_NOSIGNAL) == 1);    // the other direction lives
}

TEST_CASE("a receiver that does not read holds up the pump within bounded memory", "[session][pump]") {
  Bench bench;
  bench.pump.set_body(BodyKind::Tunnel, 0);
  const std::string piece = pattern(65536, 1);
  std::size_t pushed = 0;
  PumpState state = PumpState::NeedsInput;
  for (int i = 0; i < 2000 && state != PumpState::NeedsRoom; ++i) {
    const ssize_t sent = send(bench.in.far.get(), piece.data(), piece.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
    if (sent > 0) pushed += static_cast<std::size_t>(sent);
    state = bench.pump.step();
  }
  CHECK(state == PumpState::NeedsRoom);
  CHECK(bench.buffers.normal.in_use() + bench.buffers.wide.in_use() == 1);
  std::size_t pulled = 0;
  for (int i = 0; i < 20000 && pulled < pushed; ++i) {
    const std::size_t got = bench.read_out().size();
    pulled += got;
    (void)bench.pump.step();
    if (got == 0) Bench::settle();  // TCP opens its window again in its own time
  }
  CHECK(pulled == pushed);
}

TEST_CASE("long bodies arrive whole, with the kernel's pipes and without", "[session][pump]") {
  for (const bool spliced : {false, true}) {
    for (const BodyKind kind : {BodyKind::Length, BodyKind::Tunnel}) {
      Bench bench;
      const std::string body = pattern(3'000'000, 7);
      if (spliced) bench.pump.use_splice(&bench.pipes);
      bench.pump.set_body(kind, body.size());
      std::string received;
      std::size_t sent = 0;
      for (int i = 0; i < 100000 && received.size() < body.size(); ++i) {
        if (sent < body.size()) {
          const ssize_t now = send(bench.in.far.get(), body.data() + sent, body.size() - sent, MSG_DONTWAIT | MSG_NOSIGNAL);
          if (now > 0) sent += static_cast<std::size_t>(now);
        }
        (void)bench.pump.step();
        received += bench.read_out();
      }
      CHECK(received.size() == body.size());
      CHECK(received == body);
      CHECK(bench.pump.passed() == body.size());
      CHECK(bench.pump.is_finished() == (kind == BodyKind::Length));
    }
  }
}

TEST_CASE("a throttled body stops at what may pass, and the head's first bytes go without it", "[session][pump][pace]") {
  const bool spliced = GENERATE(false, true);
  Bench bench;
  Throttle throttle;
  bench.pump.use_throttle(throttle);
  if (spliced) bench.pump.use_splice(&bench.pipes);
  CHECK_FALSE(bench.pump.is_paced());
  throttle.set(&bench, {.limit = 50'000, .period = std::chrono::hours{1}}, bench.loop.now());
  bench.pump.set_body(BodyKind::Length, 90'000);
  const std::string body = pattern(90'000, 3);
  CHECK(send(bench.in.far.get(), body.data(), body.size(), MSG_DONTWAIT | MSG_NOSIGNAL) == 90'000);
  Bench::settle();
  std::string received;
  for (int i = 0; i < 1000 && received.size() < 50'000; ++i) {
    (void)bench.pump.step();
    CHECK(bench.pump.ready_bytes().empty());
    received += bench.read_out();
    Bench::settle();
  }
  CHECK(bench.pump.step() == PumpState::Paced);
  CHECK(received == body.substr(0, 50'000));
  CHECK(bench.pump.passed() == 50'000);
  CHECK(bench.pump.resume_at() >= bench.loop.now() + std::chrono::minutes{59});
  throttle.set(&bench, {.limit = 1'000'000, .period = std::chrono::hours{1}}, bench.loop.now());
  for (int i = 0; i < 1000 && !bench.pump.is_finished(); ++i) {
    (void)bench.pump.step();
    received += bench.read_out();
    Bench::settle();
  }
  CHECK(bench.pump.is_finished());
  received += bench.read_out();
  CHECK(received == body);
}

TEST_CASE("trailers may be kept from the other side", "[session][pump]") {
  Bench bench;
  bench.pump.drop_trailers();
  bench.pump.set_body(BodyKind::Chunked, 0);
  bench.write_in("3\r\nabc\r\n0\r\nX-Sum: 1\r\n\r\n");
  CHECK(bench.pump.step() == PumpState::Finished);
  CHECK(bench.read_out() == "3\r\nabc\r\n0\r\n\r\n");
}

TEST_CASE("a long chunk goes through the pipes between its framing", "[session][pump]") {
  Bench bench;
  bench.pump.use_splice(&bench.pipes);
  const std::string payload = pattern(500'000, 9);
  const std::string body = "7a120\r\n" + payload + "\r\n3\r\nend\r\n0\r\n\r\n";
  bench.pump.set_body(BodyKind::Chunked, 0);
  std::string received;
  std::size_t sent = 0;
  for (int i = 0; i < 100000 && !(bench.pump.is_finished() && received.size() >= body.size()); ++i) {
    if (sent < body.size()) {
      const ssize_t now = send(bench.in.far.get(), body.data() + sent, body.size() - sent, MSG_DONTWAIT | MSG_NOSIGNAL);
      if (now > 0) sent += static_cast<std::size_t>(now);
    }
    (void)bench.pump.step();
    received += bench.read_out();
  }
  CHECK(bench.pump.is_finished());
  CHECK(received == body);
}
