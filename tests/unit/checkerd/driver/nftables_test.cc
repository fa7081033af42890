#include <catch2/catch.hpp>

#include <cerrno>
#include <chrono>

#include "checkerd/driver/driver.h"
#include "lib/netlink/nftables.h"
#include "tests/unit/lib/netlink/namespace.h"

// Against the kernel's nftables, in a network namespace of the test's own; what packets do is tests/labs/checkerd_nftables.py's.
using namespace checkerd;
using namespace checkerd::driver;
using Kind = Change::Kind;

namespace {

constexpr const char* kTable = "triad_test";

std::unique_ptr<Driver> opened() {
  static const test::Namespace own;
  auto driver = open_nftables(kTable);
  if (!driver) FAIL(driver.error().message);
  return std::move(*driver);
}

std::string rules(const std::string& what = std::string{"table inet "} + kTable) {
  auto nft = lib::netlink::Nftables::open();
  const auto out = (*nft)->list("list " + what);
  return out ? *out : std::string{};
}

bool holds(const std::string& text, const std::string& part) {
  if (text.find(part) != std::string::npos) return true;
  WARN("no \"" << part << "\" in\n" << text);
  return false;
}

Address at(const std::string& host, std::uint16_t port) {
  auto out = Address::parse(host).value();
  out.set_port(port);
  return out;
}

Service service(const std::string& host, std::uint16_t port, const std::string& scheduler = "rr", Protocol protocol = Protocol::Tcp) {
  Service out;
  out.key.address = at(host, port);
  out.key.family = static_cast<std::uint8_t>(out.key.address.family());
  out.key.protocol = protocol;
  out.scheduler = scheduler;
  return out;
}

Destination server(const std::string& host, std::uint16_t port, std::uint32_t weight = 1, Forwarding::Method method = Forwarding::Method::Nat) {
  Destination out;
  out.address = at(host, port);
  out.weight = weight;
  out.forwarding.method = method;
  return out;
}

void must(Driver& driver, const std::vector<Change>& changes) {
  for (const auto& status : driver.apply(changes)) {
    if (!status) FAIL(status.error().message);
  }
}

Status once(Driver& driver, const Change& change) { return driver.apply({&change, 1}).front(); }

}  // namespace

TEST_CASE("the scheduler becomes a choice that nft makes", "[checkerd][nftables]") {
  const auto driver = opened();
  const Service rr = service("10.1.0.100", 80), wrr = service("10.1.0.101", 80, "wrr"), sh = service("10.1.0.102", 80, "sh"), fo = service("10.1.0.103", 80, "fo");
  must(*driver, {{Kind::AddService, rr, {}}, {Kind::AddDestination, rr, server("10.1.0.11", 80)}, {Kind::AddDestination, rr, server("10.1.0.12", 8080)},
                 {Kind::AddService, wrr, {}}, {Kind::AddDestination, wrr, server("10.1.0.11", 80, 2)}, {Kind::AddDestination, wrr, server("10.1.0.12", 80, 4)},
                 {Kind::AddService, sh, {}}, {Kind::AddDestination, sh, server("10.1.0.11", 80)}, {Kind::AddDestination, sh, server("10.1.0.12", 80)},
                 {Kind::AddService, fo, {}}, {Kind::AddDestination, fo, server("10.1.0.11", 80, 1)}, {Kind::AddDestination, fo, server("10.1.0.12", 80, 9)}});
  const std::string text = rules();
  CHECK(holds(text, "numgen inc mod 2 map { 0 : 10.1.0.11 . 80, 1 : 10.1.0.12 . 8080 }"));
  CHECK(holds(text, "numgen inc mod 3 map { 0 : 10.1.0.12 . 80, 1 : 10.1.0.11 . 80, 2 : 10.1.0.12 . 80 }"));
  CHECK(holds(text, "jhash ip saddr mod 256"));
  CHECK(holds(text, "dnat ip to 10.1.0.12:80"));
}

TEST_CASE("IPv6, UDP, marks and services of any port have their maps", "[checkerd][nftables]") {
  const auto driver = opened();
  const Service six = service("fd00:1::100", 53, "rr", Protocol::Udp);
  Service any = service("10.1.0.100", 0);
  any.persistence_timeout_s = 300;
  any.persistence_mask = 0xffffff00;
  Service mark;
  mark.key.family = AF_INET;
  mark.key.fwmark = 7;
  mark.scheduler = "rr";
  must(*driver, {{Kind::AddService, six, {}}, {Kind::AddDestination, six, server("fd00:1::11", 53)}, {Kind::AddService, any, {}},
                 {Kind::AddDestination, any, server("10.1.0.11", 0)}, {Kind::AddService, mark, {}}, {Kind::AddDestination, mark, server("10.1.0.12", 0)},
                 {Kind::AddDestination, mark, server("10.1.0.13", 0)}});
  const std::string text = rules();
  CHECK(holds(text, "fd00:1::100 . 17 . 53 : goto s"));
  CHECK(holds(text, "dnat ip6 to [fd00:1::11]:53"));
  CHECK(holds(text, "10.1.0.100 . 6 : goto s"));
  CHECK(holds(text, "dnat ip to ip saddr & 255.255.255.0 map @p"));
  CHECK(holds(text, "0x00000007 : goto s"));
  CHECK(holds(text, "dnat ip to numgen inc mod 2 map { 0 : 10.1.0.12, 1 : 10.1.0.13 }"));
}

TEST_CASE("a service whose servers are all gone or resting refuses", "[checkerd][nftables]") {
  const auto driver = opened();
  const Service web = service("10.1.0.100", 80);
  must(*driver, {{Kind::AddService, web, {}}});
  CHECK(holds(rules(), "reject"));
  must(*driver, {{Kind::AddDestination, web, server("10.1.0.11", 80, 0)}});
  CHECK(holds(rules(), "reject"));
  must(*driver, {{Kind::EditDestination, web, server("10.1.0.11", 80, 1)}});
  CHECK(rules().find("reject") == std::string::npos);
}

TEST_CASE("what nftables cannot do is refused by name, what it does otherwise is said", "[checkerd][nftables]") {
  const auto driver = opened();
  Service web = service("10.1.0.100", 80, "ovf");
  CHECK(once(*driver, {Kind::AddService, web, {}}).error().message == "10.1.0.100:80 tcp: scheduler ovf is not possible with nftables");
  CHECK(driver->remark_on(web) == "scheduler ovf is not possible with nftables");
  web.scheduler = "wlc";
  CHECK(driver->remark_on(web) == "scheduler wlc is mapped to wrr: nftables does not count a server's connections");
  web.scheduler = "wrr";
  CHECK(driver->remark_on(web).empty());
  must(*driver, {{Kind::AddService, web, {}}});
  const auto tunnel = server("10.1.0.11", 80, 1, Forwarding::Method::Tunnel);
  CHECK(once(*driver, {Kind::AddDestination, web, tunnel}).error().message == "10.1.0.100:80 tcp: forwarding by tunnel is not possible with nftables");
  must(*driver, {{Kind::AddDestination, web, server("10.1.0.11", 80)}});
  CHECK(once(*driver, {Kind::AddService, web, {}}).error().code == EEXIST);
  CHECK(once(*driver, {Kind::RemoveDestination, web, server("10.1.0.99", 80)}).error().code == ENOENT);
  CHECK(driver->read()->entries.size() == 1);
  CHECK(driver->read()->entries[0].destinations.size() == 1);
}

TEST_CASE("a service that fails does not stop the others", "[checkerd][nftables]") {
  const auto driver = opened();
  const Service good = service("10.1.0.100", 80), far = service("10.1.0.101", 80);
  const std::vector<Change> changes{{Kind::AddService, good, {}}, {Kind::AddService, far, {}},
                                    {Kind::AddDestination, far, server("203.0.113.9", 80, 1, Forwarding::Method::Direct)}, {Kind::AddDestination, good, server("10.1.0.11", 80)}};
  const auto results = driver->apply(changes);
  CHECK(results[0]);
  CHECK(results[3]);
  REQUIRE_FALSE(results[2]);
  CHECK(results[2].error().message == "direct routing with nftables: no interface has a network with 203.0.113.9");
  CHECK(holds(rules(), "10.1.0.100 . 6 . 80 : goto s"));
  CHECK(driver->read()->entries.size() == 1);
}

TEST_CASE("direct routing sends on at the ingress of each interface", "[checkerd][nftables]") {
  const auto driver = opened();
  test::Namespace::run("ip link add out0 type veth peer name out1; ip addr add 10.9.0.1/24 dev out0; ip link set out0 up; ip link set out1 up");
  const Service web = service("10.1.0.100", 80, "wrr");
  must(*driver, {{Kind::AddService, web, {}}, {Kind::AddDestination, web, server("10.9.0.11", 80, 1, Forwarding::Method::Direct)},
                 {Kind::AddDestination, web, server("10.9.0.12", 80, 2, Forwarding::Method::Direct)}});
  const std::string table = std::string{"table netdev "} + kTable;
  CHECK(holds(rules(table), "fwd ip to meta mark map @t"));
  CHECK(holds(rules(table), "0x00000001 : 10.9.0.11, 0x00000002 : 10.9.0.12"));
  CHECK(holds(rules(table), "\"out0\""));
  must(*driver, {{Kind::RemoveDestination, web, server("10.9.0.11", 80)}, {Kind::AddDestination, web, server("10.9.0.13", 80, 1, Forwarding::Method::Direct)}});
  CHECK(holds(rules(table), "10.9.0.13"));
  CHECK(rules(table).find("10.9.0.11") == std::string::npos);
  must(*driver, {{Kind::RemoveService, web, {}}});
  CHECK(rules(table).find("10.1.0.100") == std::string::npos);
  test::Namespace::run("ip link del out0");
}

TEST_CASE("a killed predecessor's rules are replaced by the first change, and ours go at the end", "[checkerd][nftables]") {
  const Service old = service("10.1.0.200", 80), web = service("10.1.0.100", 80);
  {
    const auto killed = opened();
    must(*killed, {{Kind::AddService, old, {}}});
    killed->keep();
  }
  CHECK(holds(rules(), "10.1.0.200"));
  {
    const auto driver = opened();
    CHECK(holds(rules(), "10.1.0.200"));
    must(*driver, {{Kind::AddService, web, {}}});
    CHECK(rules().find("10.1.0.200") == std::string::npos);
  }
  CHECK(rules().empty());
}

TEST_CASE("edits, persistence that comes and goes, removal of everything", "[checkerd][nftables]") {
  const auto driver = opened();
  Service web = service("10.1.0.100", 80);
  must(*driver, {{Kind::AddService, web, {}}, {Kind::AddDestination, web, server("10.1.0.11", 80)}});
  web.persistence_timeout_s = 60;
  must(*driver, {{Kind::EditService, web, {}}});
  CHECK(holds(rules(), "timeout 1m"));
  web.persistence_timeout_s = 0;
  web.scheduler = "wrr";
  must(*driver, {{Kind::EditService, web, {}}, {Kind::AddDestination, web, server("10.1.0.12", 80, 3)}});
  CHECK(rules().find("timeout 1m") == std::string::npos);
  REQUIRE(driver->usage());
  must(*driver, {{Kind::RemoveDestination, web, server("10.1.0.11", 80)}, {Kind::RemoveDestination, web, server("10.1.0.12", 80)}, {Kind::RemoveService, web, {}}});
  CHECK(rules().find("10.1.0.1") == std::string::npos);
  CHECK(driver->usage()->empty());
}

TEST_CASE("what somebody else does to our rules is seen, and made good", "[checkerd][nftables]") {
  const auto driver = opened();
  const Service web = service("10.1.0.100", 80);
  const std::vector<Change> changes{{Kind::AddService, web, {}}, {Kind::AddDestination, web, server("10.1.0.11", 80)}};
  CHECK(driver->is_whole());  // nothing is there yet
  must(*driver, changes);
  CHECK(driver->is_whole());
  auto nft = lib::netlink::Nftables::open();
  REQUIRE((*nft)->run("add table inet triad_other\nadd chain inet triad_other c\n"));
  CHECK(driver->is_whole());  // another's rules are another's
  SECTION("a flush of the ruleset") { REQUIRE((*nft)->run("flush ruleset\n")); }
  SECTION("an emptied map") { REQUIRE((*nft)->run(std::string{"flush map inet "} + kTable + " by_port4\n")); }
  SECTION("a rule before ours") { REQUIRE((*nft)->run(std::string{"insert rule inet "} + kTable + " s1 drop\n")); }
  CHECK_FALSE(driver->is_whole());
  CHECK(driver->read()->entries.empty());
  must(*driver, changes);
  CHECK(driver->is_whole());
  CHECK(holds(rules(), "10.1.0.100 . 6 . 80 : goto"));
  CHECK(rules().find("drop") == std::string::npos);
  (void)(*nft)->run("delete table inet triad_other\n");  // a flush took it already
}

TEST_CASE("200 services with 25 servers each are one transaction", "[checkerd][nftables]") {
  const auto driver = opened();
  std::vector<Change> changes;
  for (int i = 0; i < 200; ++i) {
    const Service web = service("10.2.0." + std::to_string(i + 1), 80);
    changes.push_back({Kind::AddService, web, {}});
    for (int k = 0; k < 25; ++k) changes.push_back({Kind::AddDestination, web, server("10.3." + std::to_string(i) + '.' + std::to_string(k + 1), 80)});
  }
  const auto ms = [](auto span) { return std::chrono::duration_cast<std::chrono::milliseconds>(span).count(); };
  const auto start = std::chrono::steady_clock::now();
  must(*driver, changes);
  const auto set = std::chrono::steady_clock::now();
  Change one = changes[1];
  one.kind = Kind::RemoveDestination;
  must(*driver, {one});
  const auto removed = std::chrono::steady_clock::now();
  const auto used = driver->usage();
  const auto read = std::chrono::steady_clock::now();
  REQUIRE(used);
  REQUIRE(used->size() == 200);
  WARN("5,200 changes " << ms(set - start) << " ms, one more " << ms(removed - set) << " ms, usage " << ms(read - removed) << " ms");
  CHECK(ms(set - start) < 3000);
}
