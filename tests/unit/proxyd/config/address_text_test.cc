#include "proxyd/config/address_text.h"

#include <catch2/catch.hpp>

using namespace proxyd::config;

namespace {

AddressRules bind_rules() {
  AddressRules rules;
  rules.port_required = rules.range_allowed = rules.inherited_fd_allowed = true;
  rules.zero_port_allowed = false;
  return rules;
}

std::string where(std::string_view text, const AddressRules& rules) {
  const auto address = parse_address(text, rules);
  return address.has_value() ? address->where.text() : "! " + address.error().message;
}

}  // namespace

TEST_CASE("addresses to listen on", "[config]") {
  CHECK(where("*:80", bind_rules()) == "0.0.0.0:80");
  CHECK(where(":80", bind_rules()) == "0.0.0.0:80");
  CHECK(where("0.0.0.0:80", bind_rules()) == "0.0.0.0:80");
  CHECK(where("[::]:80", bind_rules()) == "[::]:80");
  CHECK(where(":::80", bind_rules()) == "[::]:80");
  CHECK(where("::1:80", bind_rules()) == "[::1]:80");
  CHECK(where("ipv4@:80", bind_rules()) == "0.0.0.0:80");
  CHECK(where("ipv6@*:80", bind_rules()) == "[::]:80");
  CHECK(where("tcp6@:80", bind_rules()) == "[::]:80");
}

TEST_CASE("paths, abstract names and descriptors", "[config]") {
  using Kind = lib::net::Endpoint::Kind;
  CHECK(parse_address("/tmp/x", bind_rules())->where.kind == Kind::UnixPath);
  CHECK(parse_address("unix@/tmp/x", bind_rules())->where.path == "/tmp/x");
  CHECK(parse_address("abns@foo", bind_rules())->where.kind == Kind::UnixAbstract);
  CHECK(where("fd@abc", bind_rules()) ==
        "! file descriptor 'abc' is not a valid integer in 'fd@abc'");
  CHECK(where("fd@3", AddressRules{}) == "! a file descriptor is not acceptable here in 'fd@3'");
  CHECK(where(std::string(200, '/'), bind_rules()).starts_with("! socket path"));
}

TEST_CASE("ranges and offsets of ports", "[config]") {
  const auto range = parse_address("127.0.0.1:80-90", bind_rules());
  REQUIRE(range.has_value());
  CHECK(range->where.ip.port() == 80);
  CHECK(range->high_port == 90);
  AddressRules server;
  server.offset_allowed = true;
  server.resolve = false;
  const auto offset = parse_address("127.0.0.1:-5", server);
  REQUIRE(offset.has_value());
  CHECK(offset->is_offset);
  CHECK(offset->offset == -5);
  CHECK_FALSE(parse_address("127.0.0.1", server)->has_port);
}

TEST_CASE("names of servers are left for later, with their port", "[config]") {
  AddressRules server;
  server.resolve = false;
  const auto address = parse_address("www.example.invalid:8080", server);
  REQUIRE(address.has_value());
  CHECK(address->hostname == "www.example.invalid");
  CHECK(address->high_port == 8080);
}

TEST_CASE("faults are worded as the original words them", "[config]") {
  CHECK(where("80", bind_rules()) == "! missing port specification in '80'");
  CHECK(where("[::1]80", bind_rules()) == "! missing port specification in '[::1]80'");
  CHECK(where("127.0.0.1:", bind_rules()) == "! missing port specification in '127.0.0.1:'");
  CHECK(where("127.0.0.1:0", bind_rules()) == "! invalid port '0'");
  CHECK(where("127.0.0.1:99999", bind_rules()) == "! invalid port '99999'");
  CHECK(where("127.0.0.1:80-", bind_rules()) == "! invalid port ''");
  CHECK(where("127.0.0.1:90-80", bind_rules()) == "! invalid port range '90-80'");
  CHECK(where("127.0.0.1:+5", bind_rules()) ==
        "! port offset not permitted here in '127.0.0.1:+5'");
  CHECK(where("127.0.0.1:80-90", AddressRules{}) ==
        "! port range not permitted here in '127.0.0.1:80-90'");
  CHECK(where("127.0.0.1:abc", bind_rules()) ==
        "! invalid character 'a' in port number 'abc' in '127.0.0.1:abc'");
  CHECK(where("", bind_rules()) ==
        "! '' resolves to an empty address (environment variable missing?)");
  CHECK(where("ipv4@::1:80", bind_rules()) == "! invalid address: '::1' in 'ipv4@::1:80'");
  CHECK(where("udp@1.2.3.4:80", bind_rules()) ==
        "! dgram-type address not acceptable in 'udp@1.2.3.4:80'");
}

TEST_CASE("variables within an address are replaced, and what is wrong is shown as written") {
  const parsers::haproxy::Environment environment{{"PORT", "8080"}, {"HOST", "10.0.0.1"}};
  AddressRules rules;
  rules.environment = &environment;
  CHECK(parse_address("*:$PORT", rules)->where.ip.port() == 8080);
  CHECK(parse_address("${HOST}:${PORT}", rules)->where.ip.text() == "10.0.0.1:8080");
  CHECK(parse_address("$HOST:1$PORT", rules)->where.ip.port() == 18080);
  CHECK(parse_address("*:x$PORT", rules).error().message == "invalid character 'x' in port number 'x8080' in '*:x$PORT'");
  CHECK(parse_address("$NOTHING", rules).error().message.find("empty address") != std::string::npos);
}
