#include "vrrpd/kernel/vmac.h"

#include <algorithm>
#include <catch2/catch.hpp>
#include <cerrno>

#include "lib/base/unique_fd.h"
#include "tests/unit/lib/netlink/namespace.h"

using namespace vrrpd::kernel;
using namespace std::chrono_literals;
using lib::net::Address;
using lib::netlink::read_sysctl;
using test::Namespace;

namespace {

Address ip(const char* text) { return Address::parse(text).value(); }
bool contains(const std::string& text, const char* part) { return text.find(part) != std::string::npos; }

struct Fixture {
  Namespace space;
  lib::event::Loop loop;
  std::unique_ptr<lib::netlink::Netlink> kernel = std::move(lib::netlink::Netlink::open().value());
  std::unique_ptr<Interfaces> interfaces;
  Sysctls sysctls;
  std::vector<std::string> lines;

  Fixture() {
    space.add_pair("eth0", "far0");
    Namespace::run("ip addr add 10.0.0.1/24 dev eth0; ip addr add fe80::1/64 dev eth0 nodad");
    interfaces = std::move(Interfaces::open(loop, *kernel, {}, {}).value());
  }
  Log log() {
    return {.write = [this](vrrpd::Level, std::string_view line) { lines.emplace_back(line); }, .details = true};
  }
  bool said(const std::string& line) const { return std::find(lines.begin(), lines.end(), line) != lines.end(); }
  bool wait(const std::function<bool()>& done) {
    for (int i = 0; i < 200 && !done(); ++i) loop.run_once(10ms);
    return done();
  }
  VmacWanted wanted(std::uint8_t vrid, std::uint8_t family = AF_INET) const {
    VmacWanted out;
    out.instance = "VI";
    out.parent = "eth0";
    out.vrid = vrid;
    out.family = family;
    return out;
  }
};

/// What a connection to a closed port of a local address gets: ECONNREFUSED unless something drops it.
int refusal(const char* address) {
  const lib::base::UniqueFd fd{::socket(AF_INET, SOCK_STREAM, 0)};
  const timeval patience{.tv_sec = 0, .tv_usec = 300'000};
  (void)::setsockopt(fd.get(), SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
  const Address to = [&] {
    Address out = ip(address);
    out.set_port(9);
    return out;
  }();
  return ::connect(fd.get(), to.raw(), to.raw_size()) == 0 ? 0 : errno;
}

int conf(const std::string& path) { return read_sysctl("ipv4/conf/" + path).value(); }

}  // namespace

TEST_CASE("an IPv4 VMAC is as keepalived's, and leaves no trace", "[vmac]") {
  Fixture f;
  {
    VirtualMacs vmacs{f.loop, *f.kernel, *f.interfaces, f.sysctls, nullptr, f.log()};
    CHECK(vmacs.create(f.wanted(51)).value() == "vrrp.51");
    const std::string shown = Namespace::output_of("ip -d link show vrrp.51");
    CHECK(contains(shown, "link/ether 00:00:5e:00:01:33"));
    CHECK(contains(shown, "macvlan mode private"));
    CHECK(contains(shown, ",UP"));
    CHECK(conf("vrrp.51/arp_ignore") == 1);
    CHECK(conf("vrrp.51/accept_local") == 1);
    CHECK(conf("vrrp.51/rp_filter") == 0);
    CHECK(conf("vrrp.51/promote_secondaries") == 1);
    CHECK(read_sysctl("ipv6/conf/vrrp.51/disable_ipv6").value() == 1);
    CHECK(conf("eth0/arp_ignore") == 1);
    CHECK(conf("eth0/arp_filter") == 1);
    CHECK(f.interfaces->find("vrrp.51") != nullptr);
    CHECK(f.said("(VI): Success creating VMAC interface vrrp.51"));
  }
  CHECK(f.said("(VI) Success removing VMAC interface vrrp.51"));
  CHECK_FALSE(f.kernel->find_link("vrrp.51"));
  CHECK(conf("eth0/arp_ignore") == 0);
  CHECK(conf("eth0/arp_filter") == 0);
}

TEST_CASE("a strict reverse path filter of all interfaces becomes one of each other", "[vmac]") {
  Fixture f;
  Namespace::run("sysctl -qw net.ipv4.conf.all.rp_filter=2 net.ipv4.conf.eth0.rp_filter=0 net.ipv4.conf.far0.rp_filter=0 "
                 "net.ipv4.conf.default.rp_filter=0");
  {
    VirtualMacs vmacs{f.loop, *f.kernel, *f.interfaces, f.sysctls, nullptr, f.log()};
    REQUIRE(vmacs.create(f.wanted(51)));
    REQUIRE(vmacs.create(f.wanted(52)));
    CHECK(conf("all/rp_filter") == 0);
    CHECK(conf("eth0/rp_filter") == 2);
    CHECK(conf("default/rp_filter") == 2);
    CHECK(conf("vrrp.51/rp_filter") == 0);
    CHECK(conf("vrrp.52/rp_filter") == 0);
    CHECK(f.said("NOTICE: setting sysctl net.ipv4.conf.all.rp_filter from 2 to 0"));
  }
  CHECK(conf("all/rp_filter") == 2);
  f.sysctls.restore_all();
  CHECK(conf("eth0/rp_filter") == 0);
  CHECK(conf("default/rp_filter") == 0);
}

TEST_CASE("an IPv6 VMAC sends from its parent's link-local address", "[vmac]") {
  Fixture f;
  VirtualMacs vmacs{f.loop, *f.kernel, *f.interfaces, f.sysctls, nullptr, f.log()};
  const auto name = vmacs.create(f.wanted(60, AF_INET6));
  REQUIRE(name);
  CHECK(*name == "vrrp.60");
  const unsigned index = f.interfaces->find("vrrp.60")->link.index;
  const auto source = f.interfaces->source_address(index, AF_INET6);
  REQUIRE(source);
  CHECK(source->same_host(*f.interfaces->source_address(f.interfaces->find("eth0")->link.index, AF_INET6)));
  const std::string shown = Namespace::output_of("ip -6 -d addr show dev vrrp.60");
  CHECK(contains(shown, "link/ether 00:00:5e:00:02:3c"));
  CHECK(contains(Namespace::output_of("ip -d link show dev vrrp.60"), "addrgenmode none"));
  CHECK(contains(shown, "/64 scope link nodad deprecated"));
}

TEST_CASE("names are given, chosen, or avoid what is there", "[vmac]") {
  Fixture f;
  Namespace::run("ip link add vrrp.51 type veth peer name vrrp6.51");
  REQUIRE(f.interfaces->reread());
  VirtualMacs vmacs{f.loop, *f.kernel, *f.interfaces, f.sysctls, nullptr, f.log()};
  CHECK(vmacs.create(f.wanted(51)).value() == "vrrp1.51");
  CHECK(vmacs.create(f.wanted(51, AF_INET6)).value() == "vrrp2.51");
  CHECK(vmacs.create(f.wanted(52, AF_INET6)).value() == "vrrp.52");
  CHECK(vmacs.create(f.wanted(52)).value() == "vrrp1.52");
  auto named = f.wanted(53);
  named.name = "mine";
  CHECK(vmacs.create(named).value() == "mine");
  auto lengthy = f.wanted(200);
  lengthy.prefix = "averylongprefix";
  CHECK(vmacs.create(lengthy).value() == "averylongpr.200");
  auto taken = f.wanted(54);
  taken.name = "far0";
  const auto refused = vmacs.create(taken);
  REQUIRE_FALSE(refused);
  CHECK(refused.error().message == "interface far0 exists and is not the VMAC that is asked for");
  auto orphan = f.wanted(55);
  orphan.parent = "eth7";
  CHECK(vmacs.create(orphan).error().code == ENODEV);
}

TEST_CASE("what a former run left is taken over", "[vmac]") {
  Fixture f;
  Namespace::run("ip link add link eth0 name old7 address 00:00:5e:00:01:33 type macvlan mode private");
  REQUIRE(f.interfaces->reread());
  VirtualMacs vmacs{f.loop, *f.kernel, *f.interfaces, f.sysctls, nullptr, f.log()};
  CHECK(vmacs.create(f.wanted(51)).value() == "old7");
  CHECK(f.said("(VI) Found matching interface old7"));
  CHECK(f.interfaces->is_up("old7"));
  vmacs.remove("old7");
  CHECK_FALSE(f.kernel->find_link("old7"));
}

TEST_CASE("a VMAC comes back with its parent, or when somebody removed it", "[vmac]") {
  Fixture f;
  VirtualMacs vmacs{f.loop, *f.kernel, *f.interfaces, f.sysctls, nullptr, f.log()};
  REQUIRE(vmacs.create(f.wanted(51)));
  Namespace::run("ip link del vrrp.51");
  CHECK(f.wait([&] { return f.kernel->find_link("vrrp.51").has_value(); }));
  Namespace::run("ip link del eth0");
  REQUIRE(f.wait([&] { return f.interfaces->find("vrrp.51") == nullptr; }));
  f.space.add_pair("eth0", "far0");
  CHECK(f.wait([&] { return f.interfaces->is_up("vrrp.51"); }));
  CHECK(conf("eth0/arp_ignore") == 1);
}

TEST_CASE("the firewall drops what is not accepted, and is gone at the end", "[firewall]") {
  Fixture f;
  Namespace::run("nft add table ip keepalived; nft add table ip other");
  const std::vector<BlockedAddress> first{{.address = ip("10.0.0.100")}, {.address = ip("2001:db8::5")},
                                          {.address = ip("fe80::60"), .index = f.interfaces->find("eth0")->link.index}};
  const std::vector<BlockedAddress> second{{.address = ip("10.0.0.101")}};
  {
    auto firewall = std::move(Firewall::open({}, f.log()).value());
    CHECK(f.said("Deleting old ip keepalived table"));
    REQUIRE(firewall->block("VI", first));
    REQUIRE(firewall->block("VJ", second));
    const std::string rules = Namespace::output_of("nft list ruleset");
    CHECK(contains(rules, "elements = { 10.0.0.100, 10.0.0.101 }"));
    CHECK(contains(rules, "elements = { 2001:db8::5 }"));
    CHECK(contains(rules, "elements = { fe80::60 . \"eth0\" }"));
    CHECK(contains(rules, "ip daddr @vips drop"));
    CHECK(contains(rules, "ip saddr @vips drop"));
    CHECK(contains(rules, "icmpv6 type @neighbor-discovery accept"));
    CHECK(contains(rules, "ip6 daddr . iif @vips_link_local drop"));
    CHECK(contains(rules, "type filter hook input priority filter - 1; policy accept;"));
    CHECK(f.said("(VI) setting firewall drop rule"));
    Namespace::run("ip addr add 10.0.0.100/32 dev lo");
    CHECK(refusal("10.0.0.100") != ECONNREFUSED);
    REQUIRE(firewall->unblock("VI", first));
    REQUIRE(firewall->unblock("VI", first));  // again: nothing to do
    CHECK(refusal("10.0.0.100") == ECONNREFUSED);
    CHECK_FALSE(contains(Namespace::output_of("nft list ruleset"), "10.0.0.100"));
    CHECK(contains(Namespace::output_of("nft list ruleset"), "10.0.0.101"));
    SECTION("an interface that may come back with another number is meant by its name") {
      const std::vector<BlockedAddress> named{{.address = ip("fe80::61"), .index = 1, .interface = "eth0"}};
      REQUIRE(firewall->block("VK", named));
      const std::string with_names = Namespace::output_of("nft list ruleset");
      CHECK(contains(with_names, "elements = { fe80::61 . \"eth0\" }"));
      CHECK(contains(with_names, "ip6 daddr . iifname @vips_link_local_name drop"));
      CHECK(contains(with_names, "ip6 saddr . oif @vips_link_local drop"));
      REQUIRE(firewall->unblock("VK", named));
      CHECK_FALSE(contains(Namespace::output_of("nft list ruleset"), "fe80::61"));
    }
    SECTION("a table that somebody deleted is made again") {
      Namespace::run("nft delete table ip keepalived");
      REQUIRE(firewall->block("VI", first));
      CHECK(contains(Namespace::output_of("nft list ruleset"), "elements = { 10.0.0.100, 10.0.0.101 }"));
    }
  }
  const std::string left = Namespace::output_of("nft list ruleset");
  CHECK_FALSE(contains(left, "keepalived"));
  CHECK(contains(left, "table ip other"));
}

TEST_CASE("VMACs are in the firewall's maps for as long as they are there", "[firewall]") {
  Fixture f;
  auto firewall = std::move(Firewall::open({.table = "tt", .priority = -5, .counters = true}, f.log()).value());
  {
    VirtualMacs vmacs{f.loop, *f.kernel, *f.interfaces, f.sysctls, firewall.get(), f.log()};
    REQUIRE(vmacs.create(f.wanted(51)));
    REQUIRE(vmacs.create(f.wanted(60, AF_INET6)));
    const std::string rules = Namespace::output_of("nft list ruleset");
    CHECK(contains(rules, "elements = { \"vrrp.51\" : \"eth0\" }"));
    CHECK(contains(rules, "elements = { \"vrrp.60\" }"));
    CHECK(contains(rules, "dup to ip daddr device oif map @vmac_map counter packets"));
    CHECK(contains(rules, "icmpv6 type nd-router-solicit meta oifkind \"macvlan\" oif @vmac_set counter packets"));
    CHECK(contains(rules, "priority filter - 5"));
    CHECK_FALSE(contains(rules, "@vips"));
    const std::vector<BlockedAddress> one{{.address = ip("10.0.0.100")}};
    REQUIRE(firewall->block("VI", one));
    CHECK(contains(Namespace::output_of("nft list ruleset"), "elements = { \"vrrp.51\" : \"eth0\" }"));
    REQUIRE(firewall->unblock("VI", one));
  }
  CHECK_FALSE(contains(Namespace::output_of("nft list ruleset"), "vmac_map"));
}
