// Virtual servers for tests: complete but for what a test says.
#pragma once

#include <catch2/catch.hpp>

#include <string>

#include "parsers/keepalived/virtual_server.h"
#include "tests/unit/parsers/keepalived/fake_system.h"

namespace parsers::keepalived::test {

/// A complete virtual server with these lines in it, before its real servers.
inline std::string service(const std::string& lines, const std::string& servers = "  real_server 10.1.1.1 80 {\n  }\n",
                           const std::string& head = "10.0.0.1 80") {
  return "virtual_server " + head + " {\n  lb_algo rr\n  lb_kind NAT\n  protocol TCP\n" + lines + servers + "}\n";
}

/// The same with one real server that has this checker.
inline std::string checked(const std::string& checker, const std::string& lines = "", const std::string& server = "") {
  return service(lines, "  real_server 10.1.1.1 80 {\n" + server + checker + "  }\n");
}

inline const VirtualServer& only(const Loaded& loaded) {
  REQUIRE(loaded.config.lvs.servers.size() == 1);
  return loaded.config.lvs.servers[0];
}

inline const Checker& only_checker(const Loaded& loaded) {
  REQUIRE(only(loaded).real_servers.size() == 1);
  REQUIRE(only(loaded).real_servers[0].checkers.size() == 1);
  return only(loaded).real_servers[0].checkers[0];
}

}  // namespace parsers::keepalived::test
