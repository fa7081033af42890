#include "vrrpd/kernel/transport.h"

#include <catch2/catch.hpp>

#include "tests/unit/lib/netlink/namespace.h"

using namespace vrrpd;
using namespace vrrpd::kernel;
using namespace std::chrono_literals;
using test::Namespace;

namespace {

Address ip(const char* text) { return Address::parse(text).value(); }

struct Packet {
  std::size_t path;
  std::vector<std::uint8_t> bytes;
  std::string source, destination;
  int hop_limit;
  bool to_multicast;
};

struct Sink : PacketSink {
  std::vector<Packet> packets;
  void on_packet(std::size_t path, const Received& r) override {
    packets.push_back({path, {r.packet.begin(), r.packet.end()}, r.source.host(),
                       r.destination ? r.destination->host() : "", r.hop_limit, r.to_multicast});
  }
};

/// eth0 and far0, joined by a cable, in one namespace: what eth0 sends far0 hears.
struct Fixture {
  Namespace space;
  lib::event::Loop loop;
  Sink sink;
  unsigned eth0 = 0, far0 = 0;
  Fixture() {
    space.add_pair("eth0", "far0");
    Namespace::run(
        "ip addr add 10.0.0.1/24 dev eth0; ip addr add 10.0.1.1/24 dev far0; ip addr add fe80::1/64 dev eth0 nodad;"
        "ip addr add fe80::2/64 dev far0 nodad; sysctl -qw net.ipv4.conf.far0.accept_local=1 net.ipv4.conf.eth0.accept_local=1");
    const auto kernel = std::move(lib::netlink::Netlink::open().value());
    eth0 = Namespace::index_of(*kernel, "eth0");
    far0 = Namespace::index_of(*kernel, "far0");
  }
  Path multicast(unsigned index, std::uint8_t family = AF_INET) const {
    Path path;
    path.family = family;
    path.receive_index = path.send_index = index;
    path.group = ip(family == AF_INET ? "224.0.0.44" : "ff02::12");
    return path;
  }
  bool wait_for(std::size_t count) {
    for (int i = 0; i < 200 && sink.packets.size() < count; ++i) loop.run_once(10ms);
    return sink.packets.size() >= count;
  }
};

/// An IPv4 header with a payload, as the core makes it.
std::vector<std::uint8_t> ipv4_packet(std::uint8_t ttl = 255) {
  return {0x45, 0xc0, 0, 28, 0,   7, 0, 0,  ttl,  112, 0,   0, 10, 0,
          0,    1,    224, 0, 0, 44, 0x21, 51, 100, 0, 0, 1, 0, 0};
}

}  // namespace

TEST_CASE("an IPv4 advert arrives as it was made, with group and TTL", "[transport]") {
  Fixture f;
  Transport transport{f.loop, f.sink};
  const auto near = transport.open(f.multicast(f.eth0));
  const auto far = transport.open(f.multicast(f.far0));
  REQUIRE(near);
  REQUIRE(far);
  const auto packet = ipv4_packet();
  Transport::Outgoing out{.source = ip("10.0.0.1"), .destination = ip("224.0.0.44"), .packet = packet};
  REQUIRE(transport.send(*near, out));
  REQUIRE(f.wait_for(1));
  const Packet& got = f.sink.packets[0];
  CHECK(got.path == *far);
  CHECK(got.source == "10.0.0.1");
  CHECK(got.destination == "224.0.0.44");
  CHECK(got.hop_limit == 255);
  CHECK(got.to_multicast);
  REQUIRE(got.bytes.size() == 28);
  CHECK(got.bytes[1] == 0xc0);               // tos
  CHECK((got.bytes[4] == 0 && got.bytes[5] == 7));  // our id
  CHECK(got.bytes[6] == 0);                  // no DF
  CHECK(std::equal(packet.begin() + 20, packet.end(), got.bytes.begin() + 20));
  f.loop.run_once(20ms);
  CHECK(f.sink.packets.size() == 1);  // we do not hear ourselves
}

TEST_CASE("an IPv6 advert has its checksum, hop limit and source", "[transport]") {
  Fixture f;
  Transport transport{f.loop, f.sink};
  const auto near = transport.open(f.multicast(f.eth0, AF_INET6));
  const auto far = transport.open(f.multicast(f.far0, AF_INET6));
  REQUIRE(near);
  REQUIRE(far);
  const std::vector<std::uint8_t> message{0x31, 60, 100, 0, 0, 100, 0, 0};
  Transport::Outgoing out{.source = ip("fe80::1"), .destination = ip("ff02::12"), .packet = message};
  REQUIRE(transport.send(*near, out));
  REQUIRE(f.wait_for(1));
  const Packet& got = f.sink.packets[0];
  CHECK(got.path == *far);
  CHECK(got.source == "fe80::1");
  CHECK(got.destination == "ff02::12");
  CHECK(got.hop_limit == 255);
  REQUIRE(got.bytes.size() == 8);
  CHECK((got.bytes[6] != 0 || got.bytes[7] != 0));
}

TEST_CASE("a unicast path hears its own address only, by a TTL of its own", "[transport]") {
  Fixture f;
  Transport transport{f.loop, f.sink};
  Path path;
  path.source = ip("10.0.0.1");
  const auto mine = transport.open(path);
  path.source = ip("10.0.1.1");
  const auto other = transport.open(path);
  REQUIRE(mine);
  REQUIRE(other);
  CHECK(*mine != *other);
  auto packet = ipv4_packet(7);
  packet[16] = 10;
  packet[17] = 0;
  packet[18] = 1;
  packet[19] = 1;
  Transport::Outgoing out{.source = ip("10.0.0.1"), .destination = ip("10.0.1.1"), .packet = packet};
  REQUIRE(transport.send(*mine, out));
  REQUIRE(f.wait_for(1));
  f.loop.run_once(20ms);
  REQUIRE(f.sink.packets.size() == 1);
  CHECK(f.sink.packets[0].path == *other);
  CHECK(f.sink.packets[0].hop_limit == 7);
  CHECK_FALSE(f.sink.packets[0].to_multicast);
}

TEST_CASE("instances on one interface share sockets until the last leaves", "[transport]") {
  Fixture f;
  Transport transport{f.loop, f.sink};
  const auto first = transport.open(f.multicast(f.eth0));
  const auto second = transport.open(f.multicast(f.eth0));
  const auto six = transport.open(f.multicast(f.eth0, AF_INET6));
  REQUIRE(first);
  REQUIRE(second);
  REQUIRE(six);
  CHECK(*first == *second);
  CHECK(*six != *first);
  REQUIRE(transport.describe().size() == 2);
  CHECK(transport.describe()[0].ends_with("multicast, address(224.0.0.44)]"));
  transport.close(*first);
  const auto packet = ipv4_packet();
  const Transport::Outgoing out{.source = ip("10.0.0.1"), .destination = ip("224.0.0.44"), .packet = packet};
  CHECK(transport.send(*second, out));
  CHECK(Namespace::output_of("ip maddr show dev eth0").find("224.0.0.44") != std::string::npos);
  transport.close(*second);
  CHECK_FALSE(transport.send(*second, out));
  f.loop.run_once(20ms);
  CHECK(Namespace::output_of("ip maddr show dev eth0").find("224.0.0.44") == std::string::npos);
  CHECK(transport.open(f.multicast(f.far0)).value() == *first);  // its number is free again
}

TEST_CASE("a flood takes a bounded piece of each round", "[transport]") {
  Fixture f;
  Transport transport{f.loop, f.sink};
  const auto near = transport.open(f.multicast(f.eth0));
  auto wide = f.multicast(f.far0);
  wide.receive_buffer = 4'000'000;
  const auto far = transport.open(wide);
  REQUIRE(near);
  REQUIRE(far);
  const auto packet = ipv4_packet();
  const Transport::Outgoing out{.source = ip("10.0.0.1"), .destination = ip("224.0.0.44"), .packet = packet};
  for (int i = 0; i < 1000; ++i) REQUIRE(transport.send(*near, out));
  std::size_t most = 0, before = 0;
  for (int i = 0; i < 200 && f.sink.packets.size() < 1000; ++i) {
    f.loop.run_once(10ms);
    most = std::max(most, f.sink.packets.size() - before);
    before = f.sink.packets.size();
  }
  CHECK(f.sink.packets.size() == 1000);
  CHECK(transport.received() == 1000);
  CHECK(most <= 64);
}

TEST_CASE("the size of receive buffers follows the policy", "[transport]") {
  CHECK(receive_buffer_size("", 3, 1500, 40) == 0);
  CHECK(receive_buffer_size("MTU", 3, 1500, 40) == 4500);
  CHECK(receive_buffer_size("advert", 3, 1500, 40) == 120);
  CHECK(receive_buffer_size("65536", 3, 1500, 40) == 65536);
}
