#include <catch2/catch.hpp>

#include <sys/socket.h>
#include <unistd.h>

#include <nlohmann/json.hpp>

#include "vrrpd/report/commands.h"
#include "vrrpd/report/dumps.h"

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
}
