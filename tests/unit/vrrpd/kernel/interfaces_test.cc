#include "vrrpd/kernel/interfaces.h"

#include <algorithm>
#include <catch2/catch.hpp>

#include "tests/unit/lib/netlink/namespace.h"
#include "vrrpd/kernel/linkbeat.h"

using namespace vrrpd::kernel;
using namespace std::chrono_literals;
using lib::net::Address;
using test::Namespace;

namespace {

struct Recorder : InterfaceListener {
  std::vector<std::string> seen;
  unsigned lost = 0;
  void on_interface(const Interface& interface, InterfaceChange change, const std::string& previous) override {
    static constexpr const char* kWords[] = {"appeared", "gone", "renamed", "up", "down", "reconfigured"};
    seen.push_back(interface.link.name + " " + kWords[static_cast<std::size_t>(change)] +
                   (previous.empty() ? "" : " from " + previous));
  }
  void on_address(const InterfaceAddress& a, bool gone) override { seen.push_back(a.address.host() + (gone ? " -" : " +")); }
  void on_route(const lib::netlink::Route&, bool) override {}
  void on_rule(const lib::netlink::Rule&, bool) override {}
  void on_lost_events() override { ++lost; }
  bool has(const std::string& line) const { return std::find(seen.begin(), seen.end(), line) != seen.end(); }
  std::ptrdiff_t count(const std::string& line) const { return std::count(seen.begin(), seen.end(), line); }
};

struct Fixture {
  Namespace space;
  lib::event::Loop loop;
  std::unique_ptr<lib::netlink::Netlink> kernel = std::move(lib::netlink::Netlink::open().value());
  Recorder heard;
  std::unique_ptr<Interfaces> interfaces;
  std::vector<std::string> lines;

  void open(Interfaces::Settings settings = {}) {
    Log log;
    log.write = [this](vrrpd::Level, std::string_view line) { lines.emplace_back(line); };
    auto opened = Interfaces::open(loop, *kernel, std::move(settings), log);
    REQUIRE(opened);
    interfaces = std::move(*opened);
    interfaces->add_listener(heard);
  }
  bool wait(const std::string& line) {
    for (int i = 0; i < 300 && !heard.has(line); ++i) loop.run_once(10ms);
    return heard.has(line);
  }
};

}  // namespace

TEST_CASE("the cache knows links and addresses from the start", "[interfaces]") {
  Fixture f;
  f.space.add_pair("eth0", "far0");
  Namespace::run("ip addr add 10.0.0.9/24 dev eth0");
  f.open();
  const Interface* eth0 = f.interfaces->find("eth0");
  REQUIRE(eth0 != nullptr);
  CHECK(eth0->is_up);
  CHECK(f.interfaces->find(eth0->link.index) == eth0);
  CHECK(f.interfaces->source_address(eth0->link.index, AF_INET)->host() == "10.0.0.9");
  CHECK(f.interfaces->source_address(eth0->link.index, AF_INET6)->host().starts_with("fe80::"));
  CHECK(f.interfaces->has_address(Address::parse("10.0.0.9").value()));
  CHECK(f.interfaces->find("nothing") == nullptr);
  CHECK_FALSE(f.interfaces->is_up("nothing"));
}

TEST_CASE("an interface goes down, up, changes its name, vanishes and comes again", "[interfaces]") {
  Fixture f;
  f.space.add_pair("eth0", "far0");
  f.open();
  Namespace::run("ip link set far0 down");
  CHECK(f.wait("eth0 down"));
  CHECK_FALSE(f.interfaces->is_up("eth0"));
  Namespace::run("ip link set far0 up");
  CHECK(f.wait("eth0 up"));
  Namespace::run("ip link set eth0 down; ip link set eth0 name eth9");
  CHECK(f.wait("eth9 renamed from eth0"));
  CHECK(f.interfaces->find("eth0") == nullptr);
  Namespace::run("ip link set eth9 up");
  CHECK(f.wait("eth9 up"));
  Namespace::run("ip link del eth9");
  CHECK(f.wait("eth9 gone"));
  CHECK(f.heard.has("eth9 down"));
  f.space.add_pair("eth9", "far0");
  CHECK(f.wait("eth9 appeared"));
}

TEST_CASE("addresses of ours are no source of adverts", "[interfaces]") {
  Fixture f;
  f.space.add_pair("eth0", "far0");
  f.open();
  const unsigned eth0 = f.interfaces->find("eth0")->link.index;
  InterfaceAddress vip;
  vip.index = eth0;
  vip.address = Address::parse("10.0.0.100").value();
  vip.prefix_length = 24;
  vip.protocol = 18;
  REQUIRE(f.kernel->add_address(vip));
  REQUIRE(f.wait("10.0.0.100 +"));
  CHECK_FALSE(f.interfaces->source_address(eth0, AF_INET));
  Namespace::run("ip addr add 10.0.0.9/24 dev eth0");
  REQUIRE(f.wait("10.0.0.9 +"));
  CHECK(f.interfaces->source_address(eth0, AF_INET)->host() == "10.0.0.9");
  const std::vector<Address> not_these{Address::parse("10.0.0.9").value()};
  CHECK_FALSE(f.interfaces->source_address(eth0, AF_INET, not_these));
}

TEST_CASE("a short loss of the link is not told when interface_up_down_delays covers it", "[interfaces]") {
  Fixture f;
  f.space.add_pair("eth0", "far0");
  Interfaces::Settings settings;
  settings.delays = {{.interface = "eth0", .down = 2s, .up = 0ms}};
  f.open(settings);
  Namespace::run("ip link set far0 down");
  REQUIRE(f.wait("far0 down"));
  Namespace::run("ip link set far0 up");
  REQUIRE(f.wait("far0 up"));
  for (int i = 0; i < 30; ++i) f.loop.run_once(10ms);
  CHECK_FALSE(f.heard.has("eth0 down"));
  CHECK(f.interfaces->is_up("eth0"));
  f.interfaces->set_delays({{.interface = "eth0", .down = 50ms, .up = 0ms}});
  Namespace::run("ip link set far0 down");
  CHECK(f.wait("eth0 down"));
}

TEST_CASE("after an overrun the cache is what the kernel has", "[interfaces]") {
  Fixture f;
  f.space.add_pair("eth0", "far0");
  Interfaces::Settings settings;
  settings.monitor_buffer = 2304;
  f.open(settings);
  Namespace::run("for i in 1 2 3 4 5 6 7 8 9; do ip addr add 10.1.0.$i/24 dev eth0; done; ip addr del 10.1.0.9/24 dev eth0;"
                 "ip link add eth1 type veth peer name far1; ip link del far0");
  for (int i = 0; i < 300 && f.heard.lost == 0; ++i) f.loop.run_once(10ms);
  REQUIRE(f.heard.lost > 0);
  CHECK(f.interfaces->find("eth0") == nullptr);
  CHECK(f.interfaces->find("eth1") != nullptr);
  CHECK(f.heard.has("eth0 gone"));
  CHECK(f.heard.count("eth1 appeared") == 1);
  REQUIRE(f.lines.size() >= 2);
  CHECK(f.lines[0] == "Netlink: Receive buffer overrun on monitor socket - (No buffer space available)");
}

TEST_CASE("a driver is asked for its link", "[interfaces]") {
  Fixture f;
  f.space.add_pair("eth0", "far0");
  CHECK(probe_link("eth0", LinkbeatHow::Ethtool) == true);
  CHECK(probe_link("eth0", LinkbeatHow::Ioctl) == true);
  CHECK(probe_link("eth0", LinkbeatHow::Detect) == true);
  CHECK_FALSE(probe_link("eth0", LinkbeatHow::Mii));  // a veth has no PHY
  CHECK_FALSE(probe_link("nothing", LinkbeatHow::Detect));
  f.open();
  f.interfaces->set_linkbeat({{.interface = "eth0", .how = LinkbeatHow::Ethtool}});
  CHECK(f.interfaces->is_up("eth0"));
  Namespace::run("ip link set far0 down");
  CHECK(probe_link("eth0", LinkbeatHow::Ethtool) == false);
  CHECK(f.wait("eth0 down"));
  Namespace::run("ip link set far0 up");
  CHECK(f.wait("eth0 up"));
  CHECK(f.interfaces->is_up("eth0"));
}
