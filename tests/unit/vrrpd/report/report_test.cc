#include <catch2/catch.hpp>

#include <sys/socket.h>
#include <unistd.h>

#include <nlohmann/json.hpp>

#include "vrrpd/report/commands.h"
#include "vrrpd/report/dumps.h"
#include "vrrpd/report/holding_text.h"

using namespace vrrpd;
using namespace vrrpd::report;

namespace {

struct Example {
  Example() {
    config.instances.resize(1);
    auto& it = config.instances[0];
    it.name = "VI/\"1\"";
    it.interface = "eth0";
    it.vrid = 51;
    it.family = AF_INET;
    it.auth_type = parsers::keepalived::AuthType::Pass;
    it.auth_pass = "secret";
    it.multicast_group = *lib::net::Address::parse("224.0.0.18");
    parsers::keepalived::IpAddress address;
    address.address = *lib::net::Address::parse("10.9.0.100");
    address.prefix_length = 24;
    address.label = "eth0:0";
    it.addresses.push_back(address);
    snapshot.config = &config;
    snapshot.instances.resize(1);
    snapshot.instances[0].status.state = State::Master;
    snapshot.instances[0].status.effective_priority = 80;
    snapshot.instances[0].counters.sent = 26;
    snapshot.instances[0].holds_addresses = true;
  }
  parsers::keepalived::KeepalivedConfig config;
  Snapshot snapshot;
};

}  // namespace

TEST_CASE("the statistics dump has the original's lines", "[vrrp][report]") {
  const Example example;
  const std::string text = stats_text(example.snapshot);
  CHECK(text.starts_with("VRRP Instance: VI/\"1\"\n  Advertisements:\n    Received: 0\n    Sent: 26\n  Became master: 0\n"));
  CHECK(text.find("  Priority Zero:\n    Received: 0\n    Sent: 0\n") != std::string::npos);
}

TEST_CASE("the data dump shows the state and hides the password", "[vrrp][report]") {
  const Example example;
  const std::string text = data_text(example.snapshot);
  CHECK(text.find("   State = MASTER\n") != std::string::npos);
  CHECK(text.find("     10.9.0.100/24 dev eth0 scope global label eth0:0 set\n") != std::string::npos);
  CHECK(text.find("   Password = ********\n") != std::string::npos);
  CHECK(text.find("secret") == std::string::npos);
}

TEST_CASE("the JSON dump is one line of valid JSON with the original's names and escapes", "[vrrp][report]") {
  Example example;
  std::string text = json_text(example.snapshot);
  CHECK(text.find("\"iname\":\"VI\\/\\\"1\\\"\"") != std::string::npos);
  CHECK(text.find('\n') == text.size() - 1);
  auto json = nlohmann::json::parse(text);
  CHECK(json[0]["data"]["effective_priority"] == 80);
  CHECK(json[0]["data"]["state"] == 2);
  CHECK(json[0]["data"]["vips"][0] == "10.9.0.100/24 dev eth0 scope global label eth0:0 set");
  CHECK(json[0]["data"]["auth_data"] == "********");
  CHECK(json[0]["stats"]["advert_sent"] == 26);
  example.config.global.json_version = 2;
  json = nlohmann::json::parse(json_text(example.snapshot));
  CHECK(json["vrrp"].size() == 1);
  CHECK(json["track_process"].empty());
  CHECK(text.find("auth_ext_missing") == text.rfind("auth_ext_missing"));
  example.config.track_processes.resize(1);
  example.config.track_processes[0].path = "nginx";
  example.config.track_processes[0].parameters = {"-g", "x"};
  example.snapshot.processes.push_back({.count = 3, .has_quorum = true});
  json = nlohmann::json::parse(json_text(example.snapshot));
  CHECK(json["track_process"][0]["parameters"] == "-g x");
  CHECK(json["track_process"][0]["current_processes"] == 3);
}

TEST_CASE("addresses, routes and rules have the original's words in its order", "[vrrp][report]") {
  using namespace parsers::keepalived;
  const auto ip = [](const char* text) { return *lib::net::Address::parse(text); };
  const auto on = [&](const char* text, std::uint8_t length, const char* interface) {
    IpAddress out;
    out.address = ip(text);
    out.prefix_length = length;
    out.interface = interface;
    return out;
  };
  IpAddress address = on("10.9.9.101", 24, "v0");
  address.label = "v0:1";
  CHECK(address_text(address, "vrrp.51@v0", true) == "10.9.9.101/24 dev vrrp.51@v0 scope global label v0:1 set");
  CHECK(address_text(on("2001:db8::9", 64, "v0"), "vrrp.51@v0", true) == "2001:db8::9/64 dev v0 scope global preferred_lft forever set");
  address = on("fe80::100", 128, "");
  address.preferred_lifetime_s = 0;
  CHECK(address_text(address, "v0", false) == "fe80::100 dev v0 scope global deprecated");
  IpRoute route;
  route.destination = ip("10.72.0.0");
  route.destination_length = 16;
  route.preferred_source = ip("10.9.9.100");
  route.via = ip("10.9.9.254");
  route.interface = "v0";
  route.table = 72;
  route.scope_given = true;
  route.metric = 9;
  route.metrics.push_back({.kind = 2, .value = 1400, .locked = false});
  CHECK(route_text(route) == "prepend 10.72.0.0/16 src 10.9.9.100 via inet 10.9.9.254 dev v0 table 72 proto 18 scope 0 metric 9 mtu 1400");
  route = {};
  route.type = 6;
  route.destination = ip("10.73.0.0");
  route.destination_length = 16;
  route.tracked = false;
  CHECK(route_text(route) == "add blackhole 10.73.0.0/16 proto 18 no_track");
  IpRule rule;
  rule.to = ip("10.72.0.0");
  rule.to_length = 16;
  rule.priority = 16384;
  rule.fwmark = 5;
  rule.fwmark_mask = 7;
  rule.in_interface = "v0";
  rule.table = 72;
  CHECK(rule_text(rule) == "from all to 10.72.0.0/16 priority 16384 tos 0x0 fwmark 0x5/0x7 iif v0 protocol 18 lookup 72");
}
