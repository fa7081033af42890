#include "checkerd/sync_daemons.h"

#include <catch2/catch.hpp>

namespace {

/// 1, 0; -1: the line says nothing of the instance.
int master_by(std::string_view line, std::string_view instance) {
  const auto event = keepalived::read_event(line);
  const auto is_master = event ? checkerd::is_master_by(*event, instance) : std::nullopt;
  return is_master ? static_cast<int>(*is_master) : -1;
}

}  // namespace

TEST_CASE("vrrpd's lines say whether an instance is master", "[checkerd][sync]") {
  CHECK(master_by(R"({"time":1,"type":"present","instance":"VI_1","interface":"eth0","vrid":51,"state":"MASTER","priority":100})", "VI_1") == 1);
  CHECK(master_by(R"({"time":1,"type":"present","instance":"VI_1","state":"FAULT"})", "VI_1") == 0);
  CHECK(master_by(R"({"time":1,"type":"state","instance":"VI_1","from":"BACKUP","to":"MASTER","priority":100})", "VI_1") == 1);
  CHECK(master_by(R"({"time":1,"type":"state","instance":"VI_1","from":"MASTER","to":"BACKUP","priority":100})", "VI_1") == 0);
}

TEST_CASE("other instances, other events and what is no JSON say nothing", "[checkerd][sync]") {
  CHECK(master_by(R"({"type":"state","instance":"VI_2","to":"MASTER"})", "VI_1") == -1);
  CHECK(master_by(R"({"type":"priority","instance":"VI_1","from":100,"to":70})", "VI_1") == -1);
  CHECK(master_by(R"({"type":"alive"})", "VI_1") == -1);
  CHECK(master_by(R"({"type":7,"instance":["VI_1"]})", "VI_1") == -1);
  CHECK(master_by("", "VI_1") == -1);
  CHECK(master_by("[1, 2", "VI_1") == -1);
}
