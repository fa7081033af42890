#include "vrrpd/kernel/announcer.h"

#include <net/if.h>

#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <sys/socket.h>

#include <catch2/catch.hpp>

#include "tests/unit/lib/netlink/namespace.h"
#include "vrrpd/kernel/announce_frame.h"

using namespace vrrpd::kernel;
using namespace std::chrono_literals;
using lib::net::Address;
using test::Namespace;

namespace {

Address ip(const char* text) { return Address::parse(text).value(); }

/// What comes out at the other end of eth0's cable: "arp 10.0.0.100" or "na fe80::60", in order.
struct Fixture {
  Namespace space;
  lib::event::Loop loop;
  std::unique_ptr<lib::netlink::Netlink> kernel = std::move(lib::netlink::Netlink::open().value());
  std::unique_ptr<Interfaces> interfaces;
  std::vector<std::string> lines;
  lib::base::UniqueFd tap;
  unsigned eth0 = 0;

  Fixture() {
    space.add_pair("eth0", "far0");
    tap.reset(::socket(AF_PACKET, SOCK_RAW | SOCK_NONBLOCK, htons(ETH_P_ALL)));
    sockaddr_ll where{};
    where.sll_family = AF_PACKET;
    where.sll_protocol = htons(ETH_P_ALL);
    where.sll_ifindex = static_cast<int>(if_nametoindex("far0"));
    REQUIRE(::bind(tap.get(), reinterpret_cast<const sockaddr*>(&where), sizeof where) == 0);
    interfaces = std::move(Interfaces::open(loop, *kernel, {}, {}).value());
    eth0 = interfaces->find("eth0")->link.index;
  }
  Log log() {
    return {.write = [this](vrrpd::Level, std::string_view line) { lines.emplace_back(line); }, .details = true};
  }
  std::vector<std::string> frames() {
    std::vector<std::string> out;
    std::array<std::uint8_t, 2048> bytes{};
    while (true) {
      sockaddr_ll from{};
      socklen_t size = sizeof from;
      const ssize_t got =
          ::recvfrom(tap.get(), bytes.data(), bytes.size(), 0, reinterpret_cast<sockaddr*>(&from), &size);
      if (got <= 0) return out;
      if (from.sll_pkttype == PACKET_OUTGOING) continue;
      if (bytes[12] == 0x08 && bytes[13] == 0x06)
        out.push_back("arp " + std::to_string(bytes[28]) + "." + std::to_string(bytes[29]) + "." +
                      std::to_string(bytes[30]) + "." + std::to_string(bytes[31]));
      if (bytes[12] == 0x86 && bytes[20] == 58 && bytes[54] == 136 && bytes[21] == 255)
        out.push_back("na " + std::to_string(bytes[58]) + " .." + std::to_string(bytes[77]));
    }
  }
  /// Waits until so many came; a busy machine only makes it longer.
  std::vector<std::string> frames_until(std::size_t count) {
    std::vector<std::string> out;
    for (int i = 0; i < 1000 && out.size() < count; ++i) {
      loop.run_once(5ms);
      const auto more = frames();
      out.insert(out.end(), more.begin(), more.end());
    }
    return out;
  }
  bool is_quiet_now() {
    for (int i = 0; i < 12; ++i) loop.run_once(5ms);
    return frames().empty();
  }
  std::vector<Announced> two() const {
    return {{.index = eth0, .address = ip("10.0.0.100")}, {.index = eth0, .address = ip("10.0.0.101")}};
  }
};

GarpTimes only_first(unsigned repeat) {
  GarpTimes times;
  times.master_repeat = repeat;
  times.master_delay = 0ms;
  return times;
}

}  // namespace

TEST_CASE("a gratuitous ARP is byte for byte keepalived's", "[announcer]") {
  const auto frame = gratuitous_arp({2, 0, 0, 0, 0, 1}, ip("10.0.0.100"));
  const std::array<std::uint8_t, 42> expected{0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 2,    0,    0,    0,    0,
                                              1,    8,    6,    0,    1,    8,    0,    6,    4,    0,    1,
                                              2,    0,    0,    0,    0,    1,    10,   0,    0,    100,  0xff,
                                              0xff, 0xff, 0xff, 0xff, 0xff, 10,   0,    0,    100};
  CHECK(frame == expected);
}

TEST_CASE("a neighbour advert overrides, says whether we route, and has our MAC", "[announcer]") {
  const auto message = neighbour_advert({2, 0, 0, 0, 0, 1}, ip("fe80::60"), false);
  CHECK(message[0] == 136);
  CHECK(message[4] == 0x20);
  CHECK(message[8] == 0xfe);
  CHECK(message[23] == 0x60);
  CHECK((message[24] == 2 && message[25] == 1 && message[26] == 2 && message[31] == 1));
  CHECK(neighbour_advert({}, ip("fe80::60"), true)[4] == 0xa0);
}

TEST_CASE("rounds go over all addresses, at once, and again after the delay", "[announcer]") {
  Fixture f;
  Announcer announcer{f.loop, *f.interfaces, {}, f.log()};
  auto times = only_first(2);
  times.master_delay = 150ms;
  f.loop.refresh_now();
  const auto start = f.loop.now();
  announcer.announce(1, "VI_1", f.two(), times);
  const std::vector<std::string> block{"arp 10.0.0.100", "arp 10.0.0.101", "arp 10.0.0.100", "arp 10.0.0.101"};
  CHECK(f.frames() == block);
  CHECK(f.frames_until(4) == block);
  f.loop.refresh_now();
  CHECK(f.loop.now() - start >= 150ms);
  CHECK(f.is_quiet_now());
  CHECK(announcer.arps_sent() == 8);
  REQUIRE(f.lines.size() >= 4);
  CHECK(f.lines[0] == "(VI_1) Sending/queueing gratuitous ARPs on eth0 for 10.0.0.100");
  CHECK(f.lines[1] == "(VI_1) Sending/queueing gratuitous ARPs on eth0 for 10.0.0.101");
  CHECK(f.lines[2] == "Sending gratuitous ARP on eth0 for 10.0.0.100");
}

TEST_CASE("an IPv6 address is announced from itself", "[announcer]") {
  Fixture f;
  Namespace::run("ip addr add fe80::60/128 dev eth0 nodad; ip addr add 2001:db8::6/128 dev eth0 nodad");
  Announcer announcer{f.loop, *f.interfaces, {}, f.log()};
  announcer.announce(1, "VI_6", {{.index = f.eth0, .address = ip("fe80::60")}, {.index = f.eth0, .address = ip("2001:db8::6")}},
                     only_first(1));
  CHECK(f.frames() == std::vector<std::string>{"na 32 ..96", "na 32 ..6"});
  CHECK(announcer.adverts_sent() == 2);
  Namespace::run("sysctl -qw net.ipv6.conf.eth0.forwarding=1");
  announcer.repeat(1);
  CHECK(f.frames()[0] == "na 160 ..96");
}

TEST_CASE("what is queued and planned is dropped when the router is no longer master", "[announcer]") {
  Fixture f;
  Announcer announcer{f.loop, *f.interfaces, {.garp_interval = 50ms, .gna_interval = 0ms, .groups = {}}, f.log()};
  auto times = only_first(5);
  times.master_delay = 100ms;
  f.loop.refresh_now();
  announcer.announce(1, "VI_1", f.two(), times);
  CHECK(f.frames().size() == 1);  // the first goes at once, the rest at its pace
  CHECK(announcer.queued() == 9);
  const auto start = f.loop.now();
  CHECK(f.frames_until(2).size() == 2);
  f.loop.refresh_now();
  CHECK(f.loop.now() - start >= 90ms);
  announcer.stop(1);
  CHECK(announcer.queued() == 0);
  CHECK(f.is_quiet_now());
  CHECK(f.is_quiet_now());
}

TEST_CASE("an address that has just come is announced before the repeats of others", "[announcer]") {
  Fixture f;
  Announcer announcer{f.loop, *f.interfaces, {.garp_interval = 50ms, .gna_interval = 0ms, .groups = {}}, f.log()};
  f.loop.refresh_now();
  announcer.announce(1, "VI_1", {{.index = f.eth0, .address = ip("10.0.0.100")}}, only_first(5));
  announcer.announce(2, "VI_2", f.two(), only_first(2));
  const std::vector<std::string> first{"arp 10.0.0.100", "arp 10.0.0.100", "arp 10.0.0.101"};
  CHECK(f.frames_until(3) == first);
  announcer.announce_more(1, "VI_1", {{.index = f.eth0, .address = ip("10.0.0.102")}}, false);
  CHECK(f.frames_until(1) == std::vector<std::string>{"arp 10.0.0.102"});
  CHECK(announcer.queued() == 6);
}

TEST_CASE("a garp_group paces its interfaces together", "[announcer]") {
  Fixture f;
  f.space.add_pair("eth1", "far1");
  REQUIRE(f.interfaces->reread());
  parsers::keepalived::GarpGroup group;
  group.garp_interval = 60ms;
  group.interfaces = {"eth0", "eth1"};
  Announcer announcer{f.loop, *f.interfaces, {.garp_interval = 0ms, .gna_interval = 0ms, .groups = {group}}, f.log()};
  announcer.announce(1, "VI_1", {{.index = f.interfaces->find("eth1")->link.index, .address = ip("10.1.0.1")},
                                 {.index = f.eth0, .address = ip("10.0.0.100")}}, only_first(1));
  CHECK(f.frames().empty());  // eth1 was first
  CHECK(f.frames_until(1) == std::vector<std::string>{"arp 10.0.0.100"});
}

TEST_CASE("refresh and lower-priority schedules", "[announcer]") {
  Fixture f;
  Announcer announcer{f.loop, *f.interfaces, {}, f.log()};
  auto times = only_first(1);
  times.lower_prio_repeat = 2;
  times.lower_prio_delay = 100ms;
  announcer.announce_lower(1);  // no master: nothing
  CHECK(f.frames().empty());
  std::vector<Announced> one{{.index = f.eth0, .address = ip("10.0.0.100")}};
  announcer.announce(1, "VI_1", one, times);
  CHECK(f.frames().size() == 1);
  announcer.announce_lower(1);
  CHECK(f.frames().size() == 2);
  CHECK(f.frames_until(2).size() == 2);
  CHECK(f.is_quiet_now());
  times.master_refresh = 80ms;
  times.master_refresh_repeat = 3;
  announcer.announce(1, "VI_1", one, times);
  CHECK(f.frames().size() == 1);
  CHECK(f.frames_until(6).size() >= 6);
}

TEST_CASE("many addresses do not hold up the loop, nor do interfaces without ARP get any", "[announcer]") {
  Fixture f;
  Announcer announcer{f.loop, *f.interfaces, {}, {}};
  std::vector<Announced> many;
  for (unsigned i = 0; i < 300; ++i) many.push_back({.index = f.eth0, .address = Address::ipv4(0x0a000001 + i)});
  announcer.announce(1, "VI_1", many, only_first(2));
  CHECK(announcer.arps_sent() == 256);
  CHECK(announcer.queued() == 344);
  for (int i = 0; i < 100 && announcer.queued() > 0; ++i) f.loop.run_once(5ms);
  CHECK(announcer.arps_sent() == 600);
  announcer.stop(1);
  Namespace::run("ip link set eth0 arp off");
  REQUIRE(f.interfaces->reread());
  announcer.announce(1, "VI_1", many, only_first(2));
  CHECK(announcer.queued() == 0);
  CHECK(announcer.arps_sent() == 600);
}
