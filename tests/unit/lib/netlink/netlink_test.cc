#include "lib/netlink/netlink.h"

#include <linux/if_addr.h>
#include <linux/fib_rules.h>
#include <linux/rtnetlink.h>

#include <algorithm>
#include <catch2/catch.hpp>
#include <cerrno>

#include "tests/unit/lib/netlink/namespace.h"

using namespace lib::netlink;
using test::Namespace;

namespace {

Address ip(const char* text) { return Address::parse(text).value(); }

std::unique_ptr<Netlink> open_kernel() {
  auto kernel = Netlink::open();
  REQUIRE(kernel);
  return std::move(*kernel);
}

InterfaceAddress vip(unsigned index, const char* text, std::uint8_t length) {
  InterfaceAddress out;
  out.index = index;
  out.address = ip(text);
  out.prefix_length = length;
  out.protocol = 18;
  return out;
}

std::vector<InterfaceAddress> addresses_on(Netlink& kernel, unsigned index) {
  auto all = kernel.addresses();
  REQUIRE(all);
  std::erase_if(*all, [&](const auto& a) { return a.index != index || (a.address.is_ipv6() && a.protocol == 0); });
  std::erase_if(*all, [](const auto& a) { return a.address.host().starts_with("fe80:") && a.protocol != 18; });
  return *all;
}

/// Remembers what it is told.
struct Recorder : Listener {
  std::vector<std::string> seen;
  bool overrun = false;
  void on_link(const Link& link, bool gone) override { seen.push_back((gone ? "-link " : "link ") + link.name); }
  void on_address(const InterfaceAddress& a, bool gone) override {
    seen.push_back((gone ? "-address " : "address ") + a.address.host());
  }
  void on_route(const Route& route, bool gone) override {
    if (route.table == 254 && route.destination) seen.push_back((gone ? "-route " : "route ") + route.destination->host());
  }
  void on_rule(const Rule& rule, bool gone) override {
    seen.push_back((gone ? "-rule " : "rule ") + std::to_string(rule.priority));
  }
  void on_overrun() override { overrun = true; }
  bool has(const std::string& line) const { return std::find(seen.begin(), seen.end(), line) != seen.end(); }
};

void run_until(lib::event::Loop& loop, const std::function<bool()>& done) {
  for (int i = 0; i < 200 && !done(); ++i) loop.run_once(std::chrono::milliseconds{10});
}

}  // namespace

TEST_CASE("links tell name, state, kind, parent and MAC", "[netlink]") {
  Namespace space;
  space.add_pair("eth0", "far0");
  Namespace::run("ip link add link eth0 name mac0 address 00:00:5e:00:01:33 type macvlan mode private");
  const auto kernel = open_kernel();
  const auto eth0 = kernel->find_link("eth0");
  REQUIRE(eth0);
  CHECK(eth0->kind == "veth");
  CHECK(eth0->parent == 0);
  CHECK(eth0->is_running());
  CHECK(eth0->mtu == 1500);
  const auto mac0 = kernel->find_link("mac0");
  REQUIRE(mac0);
  CHECK(mac0->kind == "macvlan");
  CHECK(mac0->parent == eth0->index);
  CHECK(mac0->mode == 1);
  CHECK(mac0->mac == MacAddress{0, 0, 0x5e, 0, 1, 0x33});
  CHECK_FALSE(mac0->is_running());
  CHECK(kernel->find_link("none0").error().code == ENODEV);
}

TEST_CASE("an address comes with label, scope, broadcast, lifetime and protocol, and goes again", "[netlink]") {
  Namespace space;
  space.add_pair("eth0", "far0");
  const auto kernel = open_kernel();
  const unsigned eth0 = Namespace::index_of(*kernel, "eth0");
  auto wanted = vip(eth0, "10.1.2.3", 24);
  wanted.label = "eth0:vip";
  wanted.scope = RT_SCOPE_LINK;
  wanted.broadcast = ip("10.1.2.255");
  wanted.preferred_lifetime_s = 0;
  wanted.flags = IFA_F_NOPREFIXROUTE;
  REQUIRE(kernel->add_address(wanted));
  const auto there = addresses_on(*kernel, eth0);
  REQUIRE(there.size() == 1);
  CHECK(there[0].label == "eth0:vip");
  CHECK(there[0].scope == RT_SCOPE_LINK);
  CHECK(there[0].prefix_length == 24);
  CHECK(there[0].broadcast->host() == "10.1.2.255");
  CHECK(there[0].preferred_lifetime_s == 0U);
  CHECK((there[0].flags & IFA_F_NOPREFIXROUTE) != 0);
  CHECK(there[0].protocol == 18);
  SECTION("adding it twice is no error, nor is removing it twice") {
    CHECK(kernel->add_address(wanted));
    CHECK(kernel->remove_address(wanted));
    CHECK(kernel->remove_address(wanted));
    CHECK(addresses_on(*kernel, eth0).empty());
  }
  SECTION("the kernel's own word is in the error") {
    const auto refused = kernel->add_address(vip(9999, "10.0.0.1", 32));
    REQUIRE_FALSE(refused);
    CHECK(refused.error().code == ENODEV);
    CHECK(refused.error().message.starts_with("No such device(19), type=RTM_NEWADDR(20)"));
  }
}

TEST_CASE("a peer address and an IPv6 address without DAD", "[netlink]") {
  Namespace space;
  space.add_pair("eth0", "far0");
  const auto kernel = open_kernel();
  const unsigned eth0 = Namespace::index_of(*kernel, "eth0");
  auto peer = vip(eth0, "10.1.0.1", 32);
  peer.peer = ip("10.2.0.1");
  REQUIRE(kernel->add_address(peer));
  auto six = vip(eth0, "2001:db8::1", 128);
  six.flags = IFA_F_NODAD;
  six.preferred_lifetime_s = 0;
  REQUIRE(kernel->add_address(six));
  const auto there = addresses_on(*kernel, eth0);
  REQUIRE(there.size() == 2);
  CHECK(there[0].peer->host() == "10.2.0.1");
  CHECK(there[0].address.host() == "10.1.0.1");
  CHECK(there[1].address.host() == "2001:db8::1");
  CHECK((there[1].flags & IFA_F_TENTATIVE) == 0);
  CHECK((there[1].flags & IFA_F_DEPRECATED) != 0);
  CHECK(kernel->remove_address(peer));
  CHECK(kernel->remove_address(six));
  CHECK(addresses_on(*kernel, eth0).empty());
}

TEST_CASE("hundreds of addresses go in few writes, each with its own answer", "[netlink]") {
  Namespace space;
  space.add_pair("eth0", "far0");
  const auto kernel = open_kernel();
  const unsigned eth0 = Namespace::index_of(*kernel, "eth0");
  std::vector<InterfaceAddress> many;
  for (unsigned i = 0; i < 500; ++i) {
    many.push_back(vip(eth0, "10.0.0.1", 32));
    many.back().address = Address::ipv4(0x0a000001 + i);
  }
  many[250].index = 9999;
  const auto answers = kernel->add_addresses(many);
  REQUIRE(answers.size() == 500);
  for (std::size_t i = 0; i < answers.size(); ++i) CHECK(answers[i].has_value() == (i != 250));
  CHECK(addresses_on(*kernel, eth0).size() == 499);
  for (const auto& status : kernel->remove_addresses(many)) CHECK(status);
  CHECK(addresses_on(*kernel, eth0).empty());
}

TEST_CASE("the monitor tells what others change, and what is lost in an overrun", "[netlink]") {
  Namespace space;
  lib::event::Loop loop;
  Recorder heard;
  auto monitor = Monitor::open(loop, heard, 0, false);
  REQUIRE(monitor);
  space.add_pair("eth0", "far0");
  Namespace::run("ip addr add 10.1.0.1/24 dev eth0; ip route add 10.9.0.0/24 via 10.1.0.2; ip rule add pref 99 table 7");
  run_until(loop, [&] { return heard.has("rule 99"); });
  CHECK(heard.has("link eth0"));
  CHECK(heard.has("address 10.1.0.1"));
  CHECK(heard.has("route 10.9.0.0"));
  CHECK(heard.has("rule 99"));
  Namespace::run("ip rule del pref 99; ip route del 10.9.0.0/24; ip addr del 10.1.0.1/24 dev eth0; ip link del eth0");
  run_until(loop, [&] { return heard.has("-link eth0"); });
  CHECK(heard.has("-rule 99"));
  CHECK(heard.has("-route 10.9.0.0"));
  CHECK(heard.has("-address 10.1.0.1"));
  CHECK(heard.has("-link eth0"));
  CHECK_FALSE(heard.overrun);

  auto small = Monitor::open(loop, heard, 2304, false);
  REQUIRE(small);
  space.add_pair("eth1", "far1");
  Namespace::run("for i in 1 2 3 4 5 6 7 8 9; do ip addr add 10.1.0.$i/24 dev eth1; done");
  run_until(loop, [&] { return heard.overrun; });
  CHECK(heard.overrun);
}

TEST_CASE("a port that leaves its bridge is not a link that is gone", "[netlink]") {
  Namespace space;
  space.add_pair("eth0", "far0");
  Namespace::run("ip link add br0 type bridge; ip link set eth0 master br0");
  lib::event::Loop loop;
  Recorder heard;
  auto monitor = Monitor::open(loop, heard, 0, false);
  REQUIRE(monitor);
  Namespace::run("ip link set eth0 nomaster; ip addr add 10.7.7.7/32 dev eth0");
  run_until(loop, [&] { return heard.has("address 10.7.7.7"); });
  CHECK(heard.has("link eth0"));
  CHECK_FALSE(heard.has("-link eth0"));
}

TEST_CASE("routes with metrics, gateways, next hops and locks", "[netlink]") {
  Namespace space;
  space.add_pair("eth0", "far0");
  Namespace::run("ip addr add 10.1.0.1/24 dev eth0");
  const auto kernel = open_kernel();
  const unsigned eth0 = Namespace::index_of(*kernel, "eth0");
  Route route;
  route.family = AF_INET;
  route.destination = ip("10.9.0.0");
  route.destination_length = 24;
  SECTION("one gateway with metrics") {
    route.via = ip("10.1.0.2");
    route.index = eth0;
    route.metric = 77;
    route.preferred_source = ip("10.1.0.1");
    route.table = 1000;
    route.metrics = {{RTAX_LOCK, 1U << RTAX_MTU}, {RTAX_MTU, 1400}, {RTAX_INITCWND, 20}};
    route.congestion_control = "reno";
  }
  SECTION("two next hops") {
    route.next_hops.resize(2);
    route.next_hops[0].via = ip("10.1.0.2");
    route.next_hops[0].index = eth0;
    route.next_hops[1].via = ip("10.1.0.3");
    route.next_hops[1].index = eth0;
    route.next_hops[1].weight = 5;
  }
  SECTION("a black hole") { route.type = RTN_BLACKHOLE; }
  SECTION("by an IPv6 neighbour") {
    route.via = ip("fe80::1");
    route.index = eth0;
  }
  REQUIRE(kernel->add_route(route));
  auto there = kernel->routes(AF_INET, route.table);
  REQUIRE(there);
  std::erase_if(*there, [](const Route& r) { return r.protocol != 18; });
  REQUIRE(there->size() == 1);
  CHECK(there->front() == route);
  CHECK(kernel->add_route(route));
  CHECK(kernel->remove_route(route));
  CHECK(kernel->remove_route(route));
  there = kernel->routes(AF_INET, route.table);
  REQUIRE(there);
  CHECK(std::none_of(there->begin(), there->end(), [](const Route& r) { return r.protocol == 18; }));
}

TEST_CASE("a rule comes back as it was asked for", "[netlink]") {
  Namespace space;
  const auto kernel = open_kernel();
  Rule rule;
  rule.family = AF_INET;
  rule.priority = 1234;
  rule.table = 300;
  SECTION("addresses and marks") {
    rule.from = ip("10.0.0.0");
    rule.from_length = 8;
    rule.to = ip("192.168.0.0");
    rule.to_length = 16;
    rule.fwmark = 5;
    rule.fwmark_mask = 0xff;
    rule.inverted = true;
    rule.tos = 0x10;
  }
  SECTION("interfaces, users and ports") {
    rule.in_interface = "eth9";
    rule.uid_range = {100, 200};
    rule.ip_protocol = IPPROTO_TCP;
    rule.source_ports = {1000, 2000};
    rule.destination_ports = {80, 80};
    rule.suppress_prefix_length = 0;
    rule.tunnel_id = 42;
  }
  SECTION("an action without a table") {
    rule.table.reset();
    rule.action = FR_ACT_PROHIBIT;
  }
  REQUIRE(kernel->add_rule(rule));
  CHECK(kernel->add_rule(rule));
  auto there = kernel->rules(AF_INET);
  REQUIRE(there);
  std::erase_if(*there, [](const Rule& r) { return r.protocol != 18; });
  REQUIRE(there->size() == 1);
  CHECK(there->front() == rule);
  CHECK(kernel->remove_rule(rule));
  CHECK(kernel->remove_rule(rule));
}

TEST_CASE("a macvlan is private, without a link-local address", "[netlink]") {
  Namespace space;
  space.add_pair("eth0", "far0");
  const auto kernel = open_kernel();
  const unsigned eth0 = Namespace::index_of(*kernel, "eth0");
  const auto made = kernel->add_macvlan({.name = "vrrp.51", .parent = eth0, .mac = {0, 0, 0x5e, 0, 1, 51}, .group = 3});
  REQUIRE(made);
  REQUIRE(kernel->set_up(*made, true));
  REQUIRE(kernel->set_mtu(*made, 1400));
  const std::string shown = Namespace::output_of("ip -d link show vrrp.51");
  CHECK(shown.find("macvlan mode private") != std::string::npos);
  CHECK(shown.find("addrgenmode none") != std::string::npos);
  CHECK(shown.find("00:00:5e:00:01:33") != std::string::npos);
  CHECK(shown.find("group 3") != std::string::npos);
  CHECK(shown.find("mtu 1400") != std::string::npos);
  CHECK(Namespace::output_of("ip -6 addr show dev vrrp.51").empty());
  CHECK(kernel->remove_link(*made));
  CHECK(kernel->remove_link(*made));
}

TEST_CASE("system settings of the namespace are read and written", "[netlink]") {
  Namespace space;
  space.add_pair("eth0.1", "far0");
  REQUIRE(write_sysctl("ipv4/conf/eth0.1/arp_ignore", 1));
  CHECK(read_sysctl("ipv4/conf/eth0.1/arp_ignore").value() == 1);
  CHECK(read_sysctl("ipv4/conf/none/arp_ignore").error().code == ENOENT);
}
