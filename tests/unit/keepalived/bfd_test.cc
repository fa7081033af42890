#include <catch2/catch.hpp>

#include <sched.h>

#include <algorithm>
#include <cstdlib>
#include <map>

#include "keepalived/bfd/control_packet.h"
#include "keepalived/bfd/session.h"
#include "keepalived/bfd/sessions.h"

using namespace keepalived::bfd;
using namespace std::chrono_literals;

namespace {

constexpr Instant kStart{1'000s};

/// Two sessions and a perfect, or cut, wire between them.
struct Pair {
  Pair(SessionSettings a_settings, SessionSettings b_settings) : a{a_settings}, b{b_settings} {
    a.start(now);
    b.start(now);
  }
  void run(Duration span) {
    const Instant end = now + span;
    for (int steps = 0; ; ++steps) {
      REQUIRE(steps < 100'000);  // a deadline that does not move on
      const Instant next = std::min(a.next_deadline(), b.next_deadline());
      if (next > end) break;
      now = std::max(now, next);
      step(a, b, a_to_b, a_sent);
      step(b, a, b_to_a, b_sent);
    }
    now = end;
  }
  void step(Session& from, Session& to, bool wire, int& sent) {
    (void)from.on_time(now);
    ControlPacket packet;
    while (from.take_packet(now, 0.0, packet)) {
      ++sent;
      ControlPacket received;
      REQUIRE(decode(encode(packet), received) == PacketFault::None);
      CHECK(received == packet);
      if (wire) (void)to.on_packet(received, now);
    }
  }
  Instant now = kStart;
  Session a, b;
  bool a_to_b = true, b_to_a = true;
  int a_sent = 0, b_sent = 0;
};

SessionSettings settings(std::uint32_t discriminator) {
  return {.discriminator = discriminator, .min_rx_us = 100'000, .min_tx_us = 100'000, .multiplier = 3};
}

}  // namespace

TEST_CASE("a control packet's bytes are those of RFC 5880 section 4.1", "[bfd][rfc5880]") {
  const ControlPacket packet{.diagnostic = Diagnostic::TimeExpired,
                             .state = SessionState::Up,
                             .poll = true,
                             .multiplier = 5,
                             .my_discriminator = 0x01020304,
                             .your_discriminator = 0x0a0b0c0d,
                             .desired_min_tx_us = 10'000,
                             .required_min_rx_us = 20'000};
  const ControlBytes wire{0x21, 0xe0, 5, 24, 1, 2, 3, 4, 10, 11, 12, 13, 0, 0, 0x27, 0x10, 0, 0, 0x4e, 0x20, 0, 0, 0, 0};
  CHECK(encode(packet) == wire);
}

TEST_CASE("packets that section 6.8.6 tells to drop are dropped", "[bfd][rfc5880]") {
  ControlPacket good{.state = SessionState::Up, .multiplier = 3, .my_discriminator = 1, .your_discriminator = 2};
  ControlPacket out;
  ControlBytes bytes = encode(good);
  CHECK(decode(bytes, out) == PacketFault::None);
  CHECK(decode(std::span{bytes}.first(23), out) == PacketFault::BadLength);
  bytes[0] = 0x40;
  CHECK(decode(bytes, out) == PacketFault::BadVersion);
  bytes = encode(good);
  bytes[3] = 25;
  CHECK(decode(bytes, out) == PacketFault::BadLength);
  bytes = encode(good);
  bytes[2] = 0;
  CHECK(decode(bytes, out) == PacketFault::BadMultiplier);
  bytes = encode(good);
  bytes[1] |= 1;
  CHECK(decode(bytes, out) == PacketFault::Multipoint);
  bytes = encode(good);
  bytes[1] |= 4;
  CHECK(decode(bytes, out) == PacketFault::Authenticated);
  good.my_discriminator = 0;
  CHECK(decode(encode(good), out) == PacketFault::NoDiscriminator);
  good.my_discriminator = 1;
  good.your_discriminator = 0;
  CHECK(decode(encode(good), out) == PacketFault::BadState);
}

TEST_CASE("two sessions come up, and then keep the agreed pace", "[bfd][rfc5880]") {
  Pair pair{settings(1), settings(2)};
  pair.run(3s);
  CHECK(pair.a.state() == SessionState::Up);
  CHECK(pair.b.state() == SessionState::Up);
  pair.a_sent = 0;
  pair.run(1s);
  CHECK(pair.a_sent >= 9);   // 100 ms, without jitter
  CHECK(pair.a_sent <= 12);
  CHECK(pair.a.detection_time() == 300ms);
}

TEST_CASE("until it is up a session sends once a second (section 6.8.3)", "[bfd][rfc5880]") {
  Pair pair{settings(1), settings(2)};
  pair.a_to_b = pair.b_to_a = false;
  pair.run(10s);
  CHECK(pair.a_sent >= 10);
  CHECK(pair.a_sent <= 11);
}

TEST_CASE("silence for the detection time takes it down, and tells why", "[bfd][rfc5880]") {
  Pair pair{settings(1), settings(2)};
  pair.run(3s);
  pair.a_to_b = false;
  pair.run(350ms);
  CHECK(pair.b.state() == SessionState::Down);
  CHECK(pair.b.local_diagnostic() == Diagnostic::TimeExpired);
  CHECK(pair.a.state() == SessionState::Down);  // b said so
  CHECK(pair.a.local_diagnostic() == Diagnostic::NeighborDown);
  pair.a_to_b = true;
  pair.run(5s);
  CHECK(pair.a.state() == SessionState::Up);
  CHECK(pair.b.state() == SessionState::Up);
}

TEST_CASE("a passive session says nothing before it hears (section 6.1)", "[bfd][rfc5880]") {
  SessionSettings passive = settings(1);
  passive.passive = true;
  Pair pair{passive, settings(2)};
  pair.b_to_a = false;
  pair.run(5s);
  CHECK(pair.a_sent == 0);
  pair.b_to_a = true;
  pair.run(5s);
  CHECK(pair.a.state() == SessionState::Up);
}

TEST_CASE("a neighbor that asks for no packets gets none, and one that polls gets its answer", "[bfd][rfc5880]") {
  Pair pair{settings(1), settings(2)};
  pair.run(3s);
  ControlPacket packet{.state = SessionState::Up, .demand = true, .multiplier = 3, .my_discriminator = 2, .your_discriminator = 1,
                       .desired_min_tx_us = 100'000, .required_min_rx_us = 100'000};
  (void)pair.a.on_packet(packet, pair.now);
  ControlPacket out;
  CHECK_FALSE(pair.a.take_packet(pair.now + 1s, 0.0, out));
  packet.poll = true;
  (void)pair.a.on_packet(packet, pair.now);
  REQUIRE(pair.a.take_packet(pair.now, 0.0, out));
  CHECK(out.final);
  CHECK_FALSE(out.poll);
}

TEST_CASE("two daemons' sessions meet over the loopback", "[bfd]") {
  // Both listen on the same port of different addresses in one process only with an own network namespace.
  if (::unshare(CLONE_NEWNET) != 0) return;  // needs privileges; the labs do it between two nodes
  REQUIRE(::system("ip link set lo up") == 0);
  struct Recorder : Listener {
    void on_bfd(std::size_t index, bool is_up) override { up[index] = is_up; }
    void on_bfd_log(keepalived::Level, std::string_view line) override { lines.emplace_back(line); }
    std::map<std::size_t, bool> up;
    std::vector<std::string> lines;
  };
  // One object, two instances that are each other's neighbors.
  parsers::keepalived::KeepalivedConfig config;
  config.bfds.resize(2);
  for (std::size_t i = 0; i < 2; ++i) {
    auto& bfd = config.bfds[i];
    bfd.name = i == 0 ? "A" : "B";
    bfd.source = *lib::net::Address::parse(i == 0 ? "127.0.0.1" : "127.0.0.2");
    bfd.neighbor = *lib::net::Address::parse(i == 0 ? "127.0.0.2" : "127.0.0.1");
    bfd.min_rx_us = bfd.min_tx_us = 20'000;
  }
  lib::event::Loop loop;
  Recorder recorder;
  Sessions sessions{loop, recorder};
  sessions.use(config.bfds);
  const auto deadline = lib::base::monotonic_now() + 10s;
  while (lib::base::monotonic_now() < deadline && !(recorder.up[0] && recorder.up[1])) loop.run_once(20ms);
  CHECK(recorder.up[0]);
  CHECK(recorder.up[1]);
  CHECK(std::count(recorder.lines.begin(), recorder.lines.end(), "(A) Entering Up state") == 1);
}
