#include "keepalived/event_line.h"

#include <catch2/catch.hpp>

#include <nlohmann/json.hpp>

TEST_CASE("an event is one JSON object, time and type first", "[keepalived][events]") {
  const std::string line = keepalived::EventLine{"server"}.text("virtual_server", "[10.0.0.1]:tcp:80").number("weight", 7).text("odd", "a\"b\\c\nd\x01").end();
  CHECK(line.starts_with("{\"time\":"));
  CHECK(line.find('\n') == std::string::npos);
  const auto json = nlohmann::json::parse(line);
  CHECK(json["type"] == "server");
  CHECK(json["time"].get<double>() > 1.7e9);
  CHECK(json["weight"] == 7);
  CHECK(json["odd"] == "a\"b\\c\nd\x01");
  CHECK(line.find("\"type\"") < line.find("\"virtual_server\""));
}
