#include "vrrpd/kernel/addresses.h"

#include <linux/rtnetlink.h>

#include <algorithm>
#include <catch2/catch.hpp>

#include "tests/unit/lib/netlink/namespace.h"
#include "vrrpd/kernel/convert.h"
#include "vrrpd/kernel/statics.h"
#include "vrrpd/kernel/sysctls.h"

using namespace vrrpd::kernel;
using namespace std::chrono_literals;
using lib::net::Address;
using test::Namespace;

namespace {

namespace config = parsers::keepalived;

Address ip(const char* text) { return Address::parse(text).value(); }

config::IpAddress vip(const char* address, std::uint8_t length, const char* label = "") {
  config::IpAddress out;
  out.address = ip(address);
  out.prefix_length = length;
  out.label = label;
  return out;
}

config::IpRoute route(const char* destination, const char* via) {
  config::IpRoute out;
  out.family = AF_INET;
  out.destination = ip(destination);
  out.destination_length = 24;
  out.via = ip(via);
  out.interface = "eth0";
  return out;
}

config::IpRule rule(std::uint32_t priority) {
  config::IpRule out;
  out.family = AF_INET;
  out.from = ip("10.0.0.100");
  out.from_length = 32;
  out.table = 200;
  out.priority = priority;
  return out;
}

struct Fixture : LossListener, TrackGroupListener {
  Namespace space;
  lib::event::Loop loop;
  std::unique_ptr<lib::netlink::Netlink> kernel = std::move(lib::netlink::Netlink::open().value());
  std::unique_ptr<Interfaces> interfaces;
  std::unique_ptr<Addresses> addresses;
  std::vector<std::string> lines, lost;
  std::map<std::string, unsigned> groups;

  Fixture() {
    space.add_pair("eth0", "far0");
    Namespace::run("ip addr add 10.0.0.1/24 dev eth0");
    interfaces = std::move(Interfaces::open(loop, *kernel, {}, {}).value());
    addresses = std::make_unique<Addresses>(loop, *kernel, *interfaces, *this, log());
  }
  Log log() {
    return {.write = [this](vrrpd::Level, std::string_view line) { lines.emplace_back(line); }, .details = true};
  }
  void on_lost(std::size_t router, const std::string& what) override { lost.push_back(std::to_string(router) + " " + what); }
  void on_track_group(const std::string& group, unsigned missing) override { groups[group] = missing; }
  Holding holding() const {
    Holding out{.name = "VI_1", .interface = "eth0", .addresses = {}, .excluded = {}, .routes = {}, .rules = {}};
    out.addresses = {vip("10.0.0.100", 24, "eth0:0"), vip("10.0.0.101", 32)};
    out.excluded = {vip("2001:db8::5", 64)};
    out.excluded[0].no_dad = true;
    out.routes = {route("10.9.0.0", "10.0.0.2")};
    out.rules = {rule(1000)};
    return out;
  }
  std::string shown() const { return Namespace::output_of("ip -o addr show dev eth0 | grep -v fe80"); }
  bool has(const char* text) const { return shown().find(text) != std::string::npos; }
  void settle() {
    for (int i = 0; i < 12; ++i) loop.run_once(10ms);
  }
  bool wait(const std::function<bool()>& done) {
    for (int i = 0; i < 200 && !done(); ++i) loop.run_once(10ms);
    return done();
  }
  bool said(const std::string& line) const { return std::find(lines.begin(), lines.end(), line) != lines.end(); }
};

}  // namespace

TEST_CASE("a master has its addresses, routes and rules, a backup none", "[addresses]") {
  Fixture f;
  f.addresses->set(1, f.holding());
  CHECK_FALSE(f.has("10.0.0.100"));
  f.addresses->take(1);
  CHECK(f.has("inet 10.0.0.100/24 scope global secondary eth0:0"));
  CHECK(f.has("inet 10.0.0.101/32 scope global eth0"));
  CHECK(f.has("inet6 2001:db8::5/64 scope global nodad"));
  CHECK(Namespace::output_of("ip route").find("10.9.0.0/24 via 10.0.0.2 dev eth0 proto keepalived") != std::string::npos);
  CHECK(Namespace::output_of("ip rule").find("1000:\tfrom 10.0.0.100 lookup 200 proto keepalived") != std::string::npos);
  CHECK(f.addresses->announced(1).size() == 3);
  CHECK(f.addresses->holds(1));
  f.addresses->release(1);
  CHECK_FALSE(f.has("10.0.0.10"));
  CHECK_FALSE(f.has("2001:db8::5"));
  CHECK(f.has("10.0.0.1/24"));
  CHECK(Namespace::output_of("ip route").find("10.9") == std::string::npos);
  CHECK(Namespace::output_of("ip rule").find("1000") == std::string::npos);
  const std::vector<std::string> order{"(VI_1) setting VIPs.",           "(VI_1) setting E-VIPs.",
                                       "(VI_1) setting Virtual Routes",  "(VI_1) setting Virtual Rules",
                                       "(VI_1) removing Virtual Rules",  "(VI_1) removing Virtual Routes",
                                       "(VI_1) removing VIPs.",          "(VI_1) removing E-VIPs."};
  CHECK(f.lines == order);
  f.settle();
  CHECK(f.lost.empty());
}

TEST_CASE("what a crashed run left behind goes at the start", "[addresses]") {
  Fixture f;
  f.addresses->set(1, f.holding());
  Namespace::run("ip addr add 10.0.0.100/24 dev eth0 label eth0:0; ip addr add 2001:db8::5/64 dev eth0;"
                 "ip route add 10.9.0.0/24 via 10.0.0.2 proto 18; ip rule add from 10.0.0.100 lookup 200 pref 1000 protocol 18");
  f.addresses->clean(1);
  CHECK_FALSE(f.has("10.0.0.100"));
  CHECK_FALSE(f.has("2001:db8::5"));
  CHECK(Namespace::output_of("ip route; ip rule").find("keepalived") == std::string::npos);
}

TEST_CASE("who takes away what a master holds is reported once, and only then", "[addresses]") {
  Fixture f;
  auto wanted = f.holding();
  wanted.addresses[1].tracked = false;
  f.addresses->set(1, wanted);
  f.addresses->take(1);
  f.settle();
  SECTION("an address") {
    Namespace::run("ip addr del 10.0.0.100/24 dev eth0");
    REQUIRE(f.wait([&] { return !f.lost.empty(); }));
    CHECK(f.lost == std::vector<std::string>{"1 10.0.0.100/24 dev eth0"});
  }
  SECTION("a route") {
    Namespace::run("ip route del 10.9.0.0/24");
    REQUIRE(f.wait([&] { return !f.lost.empty(); }));
    CHECK(f.lost == std::vector<std::string>{"1 route 10.9.0.0/24"});
  }
  SECTION("a rule") {
    Namespace::run("ip rule del pref 1000");
    REQUIRE(f.wait([&] { return !f.lost.empty(); }));
    CHECK(f.lost == std::vector<std::string>{"1 rule preference 1000 from 10.0.0.100/32 table 200"});
  }
  SECTION("an address with no_track") {
    Namespace::run("ip addr del 10.0.0.101/32 dev eth0");
    f.settle();
    CHECK(f.lost.empty());
  }
  SECTION("an address that is back already") {
    Namespace::run("ip addr del 10.0.0.100/24 dev eth0; ip addr add 10.0.0.100/24 dev eth0 label eth0:0");
    f.settle();
    CHECK(f.lost.empty());
  }
  SECTION("an interface that goes down takes IPv6 addresses along: that is no theft") {
    Namespace::run("ip link set eth0 down");
    f.settle();
    CHECK(f.lost.empty());
    Namespace::run("ip link set eth0 up");
    CHECK(f.wait([&] { return f.has("2001:db8::5"); }));
    CHECK(f.wait([&] { return Namespace::output_of("ip route").find("10.9.0.0/24") != std::string::npos; }));
  }
  SECTION("we ourselves, and at once again") {
    f.addresses->release(1);
    f.addresses->take(1);
    f.settle();
    CHECK(f.lost.empty());
  }
}

TEST_CASE("a router that gives up its addresses leaves those of its neighbours", "[addresses]") {
  Fixture f;
  Holding first{.name = "A", .interface = "eth0", .addresses = {vip("10.5.0.1", 24)}, .excluded = {}, .routes = {}, .rules = {}};
  Holding second{.name = "B", .interface = "eth0", .addresses = {vip("10.5.0.2", 24)}, .excluded = {}, .routes = {}, .rules = {}};
  f.addresses->set(1, first);
  f.addresses->set(2, second);
  f.addresses->take(1);
  f.addresses->take(2);
  CHECK(f.has("10.5.0.2/24 scope global secondary"));
  f.addresses->release(1);  // the kernel drops 10.5.0.2, a secondary of 10.5.0.1, as well
  CHECK_FALSE(f.has("10.5.0.1/24"));
  CHECK(f.has("10.5.0.2/24 scope global eth0"));
  f.settle();
  CHECK(f.lost.empty());
}

TEST_CASE("a reload changes only what differs, and tells what is new", "[addresses]") {
  Fixture f;
  f.addresses->set(1, f.holding());
  f.addresses->take(1);
  f.lines.clear();
  auto changed = f.holding();
  changed.addresses[1] = vip("10.0.0.102", 32);
  changed.routes[0] = route("10.8.0.0", "10.0.0.2");
  const auto fresh = f.addresses->set(1, changed);
  REQUIRE(fresh.size() == 1);
  CHECK(fresh[0].address.host() == "10.0.0.102");
  CHECK(f.has("10.0.0.100/24"));
  CHECK_FALSE(f.has("10.0.0.101"));
  CHECK(f.has("10.0.0.102/32"));
  CHECK(f.said("(VI_1) ip address 10.0.0.101/32 dev eth0, no longer exist"));
  const std::string routes = Namespace::output_of("ip route");
  CHECK(routes.find("10.8.0.0/24") != std::string::npos);
  CHECK(routes.find("10.9.0.0/24") == std::string::npos);
  f.settle();
  CHECK(f.lost.empty());
  f.addresses->remove(1);
  CHECK_FALSE(f.has("10.0.0.10"));
}

TEST_CASE("what the kernel refuses is logged with its reason, the rest is set", "[addresses]") {
  Fixture f;
  auto wanted = f.holding();
  wanted.routes[0] = route("10.9.0.0", "172.16.0.1");
  wanted.addresses[0].interface = "eth7";
  f.addresses->set(1, wanted);
  f.addresses->take(1);
  CHECK(f.has("10.0.0.101"));
  CHECK(f.said("(VI_1) cannot set 10.0.0.100/24 dev eth7 - the interface does not exist"));
  const bool refused = std::any_of(f.lines.begin(), f.lines.end(), [](const std::string& line) {
    return line.starts_with("(VI_1) cannot set route 10.9.0.0/24 - Netlink: error: Network is unreachable(101)");
  });
  CHECK(refused);
}

TEST_CASE("hundreds of addresses are set and removed fast", "[addresses]") {
  Fixture f;
  Holding many{.name = "M", .interface = "eth0", .addresses = {}, .excluded = {}, .routes = {}, .rules = {}};
  for (unsigned i = 0; i < 400; ++i) {
    many.addresses.push_back(vip("10.7.0.0", 32));
    many.addresses.back().address = Address::ipv4(0x0a070000 + i);
  }
  f.addresses->set(1, many);
  const auto start = std::chrono::steady_clock::now();
  f.addresses->take(1);
  f.addresses->release(1);
  const auto spent = std::chrono::steady_clock::now() - start;
  INFO("milliseconds: " << std::chrono::duration_cast<std::chrono::milliseconds>(spent).count());
  CHECK(spent < 2s);
  CHECK_FALSE(f.has("10.7."));
}

TEST_CASE("static entries stay, come back, and go at the end", "[addresses]") {
  Fixture f;
  Statics statics{f.loop, *f.kernel, *f.interfaces, &f, f.log()};
  StaticEntries entries;
  entries.addresses = {vip("10.6.0.1", 24)};
  entries.addresses[0].interface = "eth0";
  entries.addresses[0].track_group = "tg";
  entries.routes = {route("10.4.0.0", "10.6.0.2")};
  entries.rules = {rule(2000)};
  statics.set(entries);
  CHECK(f.has("10.6.0.1/24"));
  CHECK(f.lines.empty());
  f.settle();
  Namespace::run("ip addr del 10.6.0.1/24 dev eth0; ip rule del pref 2000");
  CHECK(f.wait([&] { return f.has("10.6.0.1/24"); }));
  f.settle();
  CHECK(f.said("Restoring deleted static address 10.6.0.1/24 dev eth0"));
  CHECK(f.said("Restoring deleted static rule preference 2000 from 10.0.0.100/32 table 200"));
  CHECK(Namespace::output_of("ip route").find("10.4.0.0/24") != std::string::npos);
  CHECK(f.groups.empty());
  SECTION("an entry of a track_group that cannot be restored counts as missing") {
    Namespace::run("ip link del eth0");
    REQUIRE(f.wait([&] { return f.groups["tg"] == 1; }));
    f.space.add_pair("eth0", "far0");
    CHECK(f.wait([&] { return f.groups["tg"] == 0; }));
    CHECK(f.has("10.6.0.1/24"));
  }
  SECTION("the end") {
    statics.remove_all();
    CHECK_FALSE(f.has("10.6.0.1"));
    CHECK(Namespace::output_of("ip route; ip rule").find("keepalived") == std::string::npos);
    f.settle();
    CHECK_FALSE(f.has("10.6.0.1"));
  }
}

TEST_CASE("settings get back what they were when the last user leaves", "[addresses]") {
  Fixture f;
  const std::string path = "ipv4/conf/eth0/promote_secondaries";
  {
    Sysctls sysctls;
    REQUIRE(sysctls.hold(path, 1));
    REQUIRE(sysctls.hold(path, 1));
    sysctls.release(path);
    CHECK(lib::netlink::read_sysctl(path).value() == 1);
    CHECK(*sysctls.original(path) == 0);
    sysctls.release(path);
    CHECK(lib::netlink::read_sysctl(path).value() == 0);
    REQUIRE(sysctls.hold(path, 1));
    CHECK_FALSE(sysctls.hold("ipv4/conf/none/promote_secondaries", 1));
  }
  CHECK(lib::netlink::read_sysctl(path).value() == 0);
}

TEST_CASE("routes are converted with the scope that their type needs, and locked metrics", "[addresses]") {
  Fixture f;
  auto one = route("10.9.0.0", "10.0.0.2");
  one.metrics = {{.kind = RTAX_MTU, .value = 1400, .locked = true}, {.kind = RTAX_WINDOW, .value = 9, .locked = false}};
  auto made = to_kernel(one, *f.interfaces);
  REQUIRE(made);
  CHECK(made->scope == RT_SCOPE_UNIVERSE);
  REQUIRE(made->metrics.size() == 3);
  CHECK(made->metrics[2] == std::pair<std::uint16_t, std::uint32_t>{RTAX_LOCK, 1U << RTAX_MTU});
  one.via.reset();
  CHECK(to_kernel(one, *f.interfaces)->scope == RT_SCOPE_UNIVERSE);
  one.type = RTN_BROADCAST;
  CHECK(to_kernel(one, *f.interfaces)->scope == RT_SCOPE_LINK);
  one.type = RTN_LOCAL;
  CHECK(to_kernel(one, *f.interfaces)->scope == RT_SCOPE_HOST);
  one.scope_given = true;
  one.scope = 200;
  CHECK(to_kernel(one, *f.interfaces)->scope == 200);
  one.interface = "nothing";
  CHECK_FALSE(to_kernel(one, *f.interfaces));
}

TEST_CASE("encapsulation becomes the kernel's attributes", "[addresses]") {
  lib::netlink::Encapsulation mpls;
  mpls.kind = lib::netlink::Encapsulation::Kind::Mpls;
  mpls.labels = {100, 200};
  const auto [kind, bytes] = lib::netlink::encode_encapsulation(mpls);
  CHECK(kind == 1);
  CHECK(bytes == std::vector<std::uint8_t>{12, 0, 1, 0, 0, 6, 0x40, 0, 0, 0xc, 0x81, 0});
  lib::netlink::Encapsulation tunnel;
  tunnel.kind = lib::netlink::Encapsulation::Kind::Ip;
  tunnel.destination = ip("10.1.1.1");
  tunnel.id = 5;
  tunnel.ttl = 9;
  const auto [ip_kind, ip_bytes] = lib::netlink::encode_encapsulation(tunnel);
  CHECK(ip_kind == 2);
  CHECK(ip_bytes == std::vector<std::uint8_t>{12, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 5, 8, 0, 2, 0, 10, 1, 1, 1, 5, 0, 4, 0, 9, 0, 0, 0});
}
