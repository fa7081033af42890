#include <catch2/catch.hpp>

#include <cerrno>
#include <chrono>
#include <cstdlib>

#include "checkerd/driver/driver.h"
#include "tests/unit/lib/netlink/namespace.h"

// Against the kernel's IPVS, in a network namespace of the test's own. Kernels without IPVS run only the first test;
// tests/labs/checkerd_ipvs.py boots one that has it, and sets TRIAD_NEEDS_IPVS there.
using namespace checkerd;
using namespace checkerd::driver;
using Kind = Change::Kind;

namespace {

std::unique_ptr<Driver> opened() {
  static const test::Namespace own;
  auto driver = open_ipvs();
  if (!driver) {
    REQUIRE(driver.error().message == "IPVS: Can't initialize ipvs: No such file or directory");
    REQUIRE(driver.error().code == ENOENT);
    REQUIRE(std::getenv("TRIAD_NEEDS_IPVS") == nullptr);
    WARN("this kernel has no IPVS: the test ends here");
    return nullptr;
  }
  REQUIRE((*driver)->flush());
  return std::move(*driver);
}

Address at(const std::string& host, std::uint16_t port) {
  auto out = Address::parse(host).value();
  out.set_port(port);
  return out;
}

Service service(const std::string& host, std::uint16_t port, Protocol protocol = Protocol::Tcp) {
  Service out;
  out.key.address = at(host, port);
  out.key.family = static_cast<std::uint8_t>(out.key.address.family());
  out.key.protocol = protocol;
  out.scheduler = "wrr";
  return out;
}

Service marked(std::uint32_t mark, std::uint8_t family) {
  Service out;
  out.key.family = family;
  out.key.fwmark = mark;
  out.scheduler = "rr";
  return out;
}

Destination server(const std::string& host, std::uint16_t port, std::uint32_t weight, Forwarding::Method method = Forwarding::Method::Nat) {
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

TEST_CASE("without IPVS in the kernel the error says so", "[checkerd][ipvs]") { (void)opened(); }

TEST_CASE("what is put into IPVS is read back as it was", "[checkerd][ipvs]") {
  const auto driver = opened();
  if (driver == nullptr) return;
  Service plain = service("10.1.0.100", 80);
  Service persistent = service("10.1.0.101", 0, Protocol::Udp);
  persistent.persistence_timeout_s = 300;
  persistent.persistence_mask = 0xffffff00;
  Service six = service("fd00:1::100", 443, Protocol::Sctp);
  six.scheduler = "sh";
  six.scheduler_flags = 2;
  six.persistence_timeout_s = 60;
  six.persistence_prefix = 64;
  Service once_each = service("10.1.0.102", 53, Protocol::Udp);
  once_each.one_packet = true;
  const Service mark = marked(7, AF_INET), mark_six = marked(7, AF_INET6);
  Destination limited = server("10.1.0.11", 8080, 65535);
  limited.upper_threshold = 100;
  limited.lower_threshold = 50;
  Destination gue = server("10.1.0.12", 80, 0, Forwarding::Method::Tunnel);
  gue.forwarding.tunnel = Forwarding::Tunnel::Gue;
  gue.forwarding.tunnel_port = 6080;
  gue.forwarding.checksum = Forwarding::Checksum::Remote;
  Destination gre = server("10.1.0.13", 80, 3, Forwarding::Method::Tunnel);
  gre.forwarding.tunnel = Forwarding::Tunnel::Gre;
  gre.forwarding.checksum = Forwarding::Checksum::Plain;
  const Destination other_family = server("fd00:1::11", 0, 4, Forwarding::Method::Tunnel);
  const Table wanted{{{plain, {limited, gue, gre}}, {persistent, {}}, {six, {server("fd00:1::12", 443, 2, Forwarding::Method::Direct)}},
                      {once_each, {server("10.1.0.14", 5353, 1)}}, {mark, {other_family}}, {mark_six, {}}}};
  std::vector<Change> changes;
  for (const TableEntry& entry : wanted.entries) {
    changes.push_back({Kind::AddService, entry.service, {}});
    for (const Destination& each : entry.destinations) changes.push_back({Kind::AddDestination, entry.service, each});
  }
  must(*driver, changes);
  const auto table = driver->read();
  REQUIRE(table);
  REQUIRE(table->entries.size() == wanted.entries.size());
  for (const TableEntry& entry : wanted.entries) {
    CAPTURE(entry.service.key.text());
    const TableEntry* found = table->find(entry.service.key);
    REQUIRE(found != nullptr);
    CHECK(found->service == entry.service);
    REQUIRE(found->destinations.size() == entry.destinations.size());
    for (const Destination& each : entry.destinations)
      CHECK(std::count(found->destinations.begin(), found->destinations.end(), each) == 1);
  }
}

TEST_CASE("edits change the service and the server in their place", "[checkerd][ipvs]") {
  const auto driver = opened();
  if (driver == nullptr) return;
  Service web = service("10.1.0.100", 80);
  Destination one = server("10.1.0.11", 80, 1, Forwarding::Method::Direct);
  must(*driver, {{Kind::AddService, web, {}}, {Kind::AddDestination, web, one}});
  web.scheduler = "wlc";
  web.persistence_timeout_s = 60;
  one.weight = 0;
  must(*driver, {{Kind::EditService, web, {}}, {Kind::EditDestination, web, one}});
  const auto table = driver->read();
  REQUIRE(table);
  REQUIRE(table->entries.size() == 1);
  REQUIRE(table->entries[0].service == web);
  REQUIRE(table->entries[0].destinations == std::vector<Destination>{one});
  web.persistence_timeout_s = 0;
  must(*driver, {{Kind::EditService, web, {}}});
  REQUIRE(driver->read()->entries[0].service == web);
  must(*driver, {{Kind::RemoveDestination, web, one}, {Kind::RemoveService, web, {}}});
  REQUIRE(driver->read()->entries.empty());
}

TEST_CASE("what fails says why in the original's words, and stops nothing else", "[checkerd][ipvs]") {
  const auto driver = opened();
  if (driver == nullptr) return;
  const Service web = service("10.1.0.100", 80), other = service("10.1.0.101", 80);
  const Destination one = server("10.1.0.11", 80, 1);
  Service odd = service("10.1.0.103", 80);
  odd.scheduler = "no-such-one";
  const std::vector<Change> changes{{Kind::AddService, web, {}},         {Kind::AddService, web, {}},      {Kind::AddDestination, other, one},
                                    {Kind::AddService, odd, {}},         {Kind::AddDestination, web, one}, {Kind::AddDestination, web, one},
                                    {Kind::RemoveService, other, {}}};
  const auto results = driver->apply(changes);
  REQUIRE(results.size() == changes.size());
  CHECK(results[0]);
  CHECK(results[1].error().message == "IPVS cmd IP_VS_SO_SET_ADD(1154) error: Service already exists(17) (10.1.0.100:tcp:80)");
  CHECK(results[1].error().code == EEXIST);
  CHECK(results[2].error().message == "IPVS cmd IP_VS_SO_SET_ADDDEST(1159) error: Service not defined(3) (10.1.0.101:tcp:80 -> 10.1.0.11:80)");
  CHECK(results[3].error().message == "IPVS cmd IP_VS_SO_SET_ADD(1154) error: Scheduler or persistence engine not found(2) (10.1.0.103:tcp:80)");
  CHECK(results[4]);
  CHECK(results[5].error().message == "IPVS cmd IP_VS_SO_SET_ADDDEST(1159) error: Destination already exists(17) (10.1.0.100:tcp:80 -> 10.1.0.11:80)");
  CHECK(results[6].error().message == "IPVS cmd IP_VS_SO_SET_DEL(1156) error: No such service(3) (10.1.0.101:tcp:80)");
  CHECK(is_as_wanted(changes[1], results[1]));
  CHECK(is_as_wanted(changes[5], results[5]));
  CHECK_FALSE(is_as_wanted(changes[2], results[2]));
  CHECK(once(*driver, {Kind::RemoveDestination, web, server("10.1.0.99", 80, 1)}).error().code == ENOENT);
}

TEST_CASE("an edit of a server that someone took away adds it", "[checkerd][ipvs]") {
  const auto driver = opened();
  if (driver == nullptr) return;
  const Service web = service("10.1.0.100", 80);
  const Destination one = server("10.1.0.11", 80, 5);
  must(*driver, {{Kind::AddService, web, {}}, {Kind::EditDestination, web, one}});
  REQUIRE(driver->read()->entries[0].destinations == std::vector<Destination>{one});
}

TEST_CASE("timeouts are set one by one", "[checkerd][ipvs]") {
  const auto driver = opened();
  if (driver == nullptr) return;
  const auto before = driver->timeouts();
  REQUIRE(before);
  REQUIRE(before->tcp_s == 900);
  REQUIRE(driver->set_timeouts({.tcp_s = 1000, .tcp_fin_s = 0, .udp_s = 77}));
  const auto after = driver->timeouts();
  REQUIRE(after->tcp_s == 1000);
  REQUIRE(after->tcp_fin_s == before->tcp_fin_s);
  REQUIRE(after->udp_s == 77);
}

TEST_CASE("sync daemons start once and stop", "[checkerd][ipvs]") {
  const auto driver = opened();
  if (driver == nullptr) return;
  test::Namespace::run("ip link set lo multicast on; ip route add 224.0.0.0/4 dev lo");
  const SyncDaemon master{.is_master = true, .interface = "lo", .id = 3, .max_length = 1400, .port = 8850, .ttl = 2, .group = at("224.0.0.99", 0)};
  const auto started = driver->start_sync(master);
  CAPTURE(started ? "" : started.error().message);
  REQUIRE(started);
  REQUIRE(driver->start_sync(master).error().message == "IPVS cmd IP_VS_SO_SET_STARTDAEMON(1163) error: Daemon has already run(17)");
  const auto stopped = driver->stop_sync(master);
  CAPTURE(stopped ? "" : stopped.error().message);
  REQUIRE(stopped);
  REQUIRE(driver->stop_sync(master).error().message == "IPVS cmd IP_VS_SO_SET_STOPDAEMON(1164) error: No daemon is running(3)");
}

TEST_CASE("5,000 servers are set, read and removed in one go each", "[checkerd][ipvs]") {
  const auto driver = opened();
  if (driver == nullptr) return;
  std::vector<Change> changes;
  for (int i = 0; i < 200; ++i) {
    const Service web = service("10.2.0." + std::to_string(i + 1), 80);
    changes.push_back({Kind::AddService, web, {}});
    for (int k = 0; k < 25; ++k) changes.push_back({Kind::AddDestination, web, server("10.3." + std::to_string(i) + '.' + std::to_string(k + 1), 80, 1)});
  }
  const auto start = std::chrono::steady_clock::now();
  must(*driver, changes);
  const auto set = std::chrono::steady_clock::now();
  const auto table = driver->read();
  const auto read = std::chrono::steady_clock::now();
  REQUIRE(table);
  REQUIRE(table->entries.size() == 200);
  REQUIRE(table->entries[7].destinations.size() == 25);
  for (Change& change : changes) change.kind = change.kind == Kind::AddService ? Kind::EditService : Kind::RemoveDestination;
  must(*driver, changes);
  const auto removed = std::chrono::steady_clock::now();
  const auto ms = [](auto span) { return std::chrono::duration_cast<std::chrono::milliseconds>(span).count(); };
  WARN("5,200 changes " << ms(set - start) << " ms, read " << ms(read - set) << " ms, removed " << ms(removed - read) << " ms");
  REQUIRE(driver->flush());
  REQUIRE(driver->read()->entries.empty());
}

TEST_CASE("a driver stays in the network namespace in which it was opened", "[checkerd][ipvs]") {
  const auto driver = opened();
  if (driver == nullptr) return;
  const Service web = service("10.1.0.100", 80);
  must(*driver, {{Kind::AddService, web, {}}});
  const test::Namespace other;
  const auto there = open_ipvs();
  REQUIRE(there);
  CHECK((*there)->read()->entries.empty());
  CHECK(driver->read()->entries.size() == 1);
  must(*driver, {{Kind::RemoveService, web, {}}});
  CHECK(driver->read()->entries.empty());
}
