#include <catch2/catch.hpp>

#include "tests/unit/checkerd/core/things.h"

using namespace things;

namespace {

GroupEntry range(const std::string& first, const std::string& last, std::uint16_t port) {
  GroupEntry out;
  out.first = at(first, port);
  out.last = at(last, port);
  out.family = static_cast<std::uint8_t>(out.first.family());
  return out;
}

GroupEntry mark(std::uint32_t number, std::uint8_t family = 0) {
  GroupEntry out;
  out.kind = GroupEntry::Kind::Fwmark;
  out.fwmark = number;
  out.family = family;
  return out;
}

Groups group(std::vector<GroupEntry> entries) {
  VirtualServerGroup out;
  out.name = "web";
  out.entries = std::move(entries);
  return {out};
}

VirtualServer grouped(std::vector<RealServer> servers) {
  VirtualServer out = service({});
  out.kind = VirtualServer::Kind::Group;
  out.name = "[web]:0";
  out.family = 0;
  out.real_servers = std::move(servers);
  return out;
}

RealServer by(Forwarding::Method method, RealServer server) {
  server.forwarding.method = method;
  return server;
}

constexpr auto kDirect = Forwarding::Method::Direct;
constexpr auto kTunnel = Forwarding::Method::Tunnel;

}  // namespace

TEST_CASE("each address of a range is one service with the port of the entry", "[checkerd][service]") {
  const Groups groups = group({range("10.0.0.9", "10.0.0.9", 80), range("10.0.0.254", "10.0.1.1", 81)});
  const VirtualServer conf = grouped({by(kDirect, server("10.0.1.1", 3))});
  CHECK(texts(Pool{conf, groups, 0}.wanted()) == Lines{"10.0.0.9:80 tcp: 10.0.1.1:80/3", "10.0.0.254:81 tcp: 10.0.1.1:81/3", "10.0.0.255:81 tcp: 10.0.1.1:81/3",
                                                       "10.0.1.0:81 tcp: 10.0.1.1:81/3", "10.0.1.1:81 tcp: 10.0.1.1:81/3"});
}

TEST_CASE("ranges of IPv6 carry over", "[checkerd][service]") {
  const Groups groups = group({range("2001:db8::fffe", "2001:db8::1:1", 80)});
  const VirtualServer conf = grouped({server("2001:db8::99", 1)});
  CHECK(texts(Pool{conf, groups, 0}.wanted()) == Lines{"[2001:db8::fffe]:80 tcp: [2001:db8::99]:80/1", "[2001:db8::ffff]:80 tcp: [2001:db8::99]:80/1",
                                                       "[2001:db8::1:0]:80 tcp: [2001:db8::99]:80/1", "[2001:db8::1:1]:80 tcp: [2001:db8::99]:80/1"});
}

TEST_CASE("a range that nobody can mean is cut with a line", "[checkerd][service]") {
  const auto cut = [](const std::string& first, const std::string& last) {
    const Groups groups = group({range(first, last, 80)});
    const VirtualServer conf = grouped({server("10.0.1.1", 1)});
    return std::pair{services_of(conf, groups).size(), cut_ranges(conf, groups)};
  };
  CHECK(cut("10.0.0.0", "10.0.255.255") == std::pair{std::size_t{65536}, Lines{}});
  CHECK(cut("10.0.0.0", "10.1.0.0") ==
        std::pair{std::size_t{65536}, Lines{"Virtual server group web: range 10.0.0.0-10.1.0.0 is too long - only its first 65536 addresses are used"}});
  CHECK(cut("2001:db8::", "2001:db8::ffff:ffff:ffff:ffff").second.size() == 1);
  CHECK(cut("2001:db8::", "2001:db8:1::").second.size() == 1);
  CHECK(cut("2001:db8:0:0:ffff:ffff:ffff:ffff", "2001:db8:0:1::1") == std::pair{std::size_t{3}, Lines{}});
  CHECK(cut("::", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff").first == 65536);
}

TEST_CASE("a server without a port of its own keeps port 0 of its definition with NAT", "[checkerd][service]") {
  const Groups groups = group({range("10.0.0.1", "10.0.0.1", 80), mark(7, AF_INET)});
  const VirtualServer conf = grouped({server("10.0.1.1", 1, 1, 0), server("10.0.1.2", 1, 1, 8080)});
  CHECK(texts(Pool{conf, groups, 0}.wanted()) == Lines{"10.0.0.1:80 tcp: 10.0.1.1:0/1 10.0.1.2:8080/1", "fwmark 7: 10.0.1.1:0/1 10.0.1.2:8080/1"});
}

TEST_CASE("DR and TUN: the port is forced to the service's, 0 with a mark; also the sorry server's", "[checkerd][service]") {
  const Groups groups = group({range("10.0.0.1", "10.0.0.1", 80), mark(7, AF_INET)});
  VirtualServer conf = grouped({by(kDirect, server("10.0.1.1", 1, 1, 8080)), by(kTunnel, server("10.0.1.2", 1, 1, 8080))});
  conf.sorry_server = sorry("10.0.1.99", true);
  conf.sorry_server->address.set_port(99);
  conf.sorry_server->forwarding.method = kDirect;
  CHECK(texts(Pool{conf, groups, 0}.wanted()) == Lines{"10.0.0.1:80 tcp: 10.0.1.1:80/1 10.0.1.2:80/1 10.0.1.99:80/0", "fwmark 7: 10.0.1.1:0/1 10.0.1.2:0/1 10.0.1.99:0/0"});
}

TEST_CASE("in a group of both families each service has the servers of its own, and those behind tunnels", "[checkerd][service]") {
  const Groups groups = group({range("10.0.0.1", "10.0.0.1", 80), range("2001:db8::1", "2001:db8::1", 80), mark(5, AF_INET), mark(5, AF_INET6)});
  VirtualServer conf = grouped({server("10.0.1.1", 1), server("2001:db8::2", 1), by(kTunnel, server("10.0.1.3", 1))});
  conf.sorry_server = sorry("2001:db8::99", true);
  CHECK(texts(Pool{conf, groups, 0}.wanted()) == Lines{"10.0.0.1:80 tcp: 10.0.1.1:80/1 10.0.1.3:80/1", "[2001:db8::1]:80 tcp: [2001:db8::2]:80/1 10.0.1.3:80/1 [2001:db8::99]:80/0",
                                                       "fwmark 5: 10.0.1.1:80/1 10.0.1.3:0/1", "fwmark 5: [2001:db8::2]:80/1 10.0.1.3:0/1 [2001:db8::99]:80/0"});
}

TEST_CASE("a mark without a family is of those that the servers have", "[checkerd][service]") {
  const Groups groups = group({mark(5)});
  const auto families = [&](std::vector<RealServer> servers) {
    std::vector<int> out;
    const VirtualServer conf = grouped(std::move(servers));
    for (const Service& each : services_of(conf, groups)) out.push_back(each.key.family);
    return out;
  };
  CHECK(families({server("10.0.1.1", 1)}) == std::vector<int>{AF_INET});
  CHECK(families({server("2001:db8::2", 1)}) == std::vector<int>{AF_INET6});
  CHECK(families({server("10.0.1.1", 1), server("2001:db8::2", 1)}) == std::vector<int>{AF_INET, AF_INET6});
  CHECK(families({server("2001:db8::2", 1), by(kTunnel, server("10.0.1.1", 1))}) == std::vector<int>{AF_INET6});
  CHECK(families({by(kTunnel, server("2001:db8::2", 1))}) == std::vector<int>{AF_INET6});
  CHECK(families({by(kTunnel, server("2001:db8::2", 1)), by(kTunnel, server("10.0.1.1", 1))}) == std::vector<int>{AF_INET});
}

TEST_CASE("persistence granularity goes to the services of its family", "[checkerd][service]") {
  const Groups groups = group({range("10.0.0.1", "10.0.0.1", 80), range("2001:db8::1", "2001:db8::1", 80)});
  VirtualServer conf = grouped({server("10.0.1.1", 1)});
  conf.persistence_mask = 0xffffff00;
  conf.persistence_prefix = 64;
  const auto services = services_of(conf, groups);
  CHECK(services[0].persistence_mask == 0xffffff00);
  CHECK(services[0].persistence_prefix == 128);
  CHECK(services[1].persistence_mask == 0xffffffff);
  CHECK(services[1].persistence_prefix == 64);
}

TEST_CASE("a service by mark has no protocol and no address", "[checkerd][service]") {
  VirtualServer conf = service({1});
  conf.kind = VirtualServer::Kind::Fwmark;
  conf.fwmark = 5;
  conf.family = AF_INET6;
  const auto services = services_of(conf, kNoGroups);
  REQUIRE(services.size() == 1);
  CHECK(services[0].key == ServiceKey{.family = AF_INET6, .protocol = Protocol::None, .address = {}, .fwmark = 5});
  CHECK(services[0].key.protocol == Protocol::None);
}

TEST_CASE("the sum of a group's weights counts once, not for each service", "[checkerd][service]") {
  const Groups groups = group({range("10.0.0.1", "10.0.0.9", 80)});
  const VirtualServer conf = grouped({server("10.0.1.1", 3)});
  CHECK(Pool{conf, groups, 0}.live_weight() == 3);
}
