#include <nlohmann/json.hpp>

#include "lib/base/text.h"
#include "lib/base/version.h"
#include "tests/unit/proxyd/cli/bench.h"

using bench::Bench;
using lib::runtime::Level;

namespace {

bool has(const std::string& text, std::string_view part) { return text.find(part) != std::string::npos; }

/// The cell of a row of `show stat`.
std::string cell(const std::string& csv, std::string_view proxy, std::string_view object, std::string_view name) {
  const auto lines = lib::base::split(csv, '\n');
  const auto names = lib::base::split(lines[0].substr(2), ',');
  for (const std::string_view line : lines) {
    const auto cells = lib::base::split(line, ',');
    if (cells.size() < names.size() || cells[0] != proxy || cells[1] != object) continue;
    for (std::size_t i = 0; i < names.size(); ++i)
      if (names[i] == name) return std::string{cells[i]};
  }
  return "no such cell";
}

}  // namespace

TEST_CASE("show info tells about the process in all its forms", "[cli]") {
  Bench bench;
  const std::string plain = bench.ask("show info");
  CHECK(plain.starts_with("Name: proxyd\nVersion: "));
  CHECK(has(plain, "\nNbthread: 1\n"));
  CHECK(has(plain, "\nMaxconn: 2000\nHard_maxconn: 2000\n"));
  CHECK(has(plain, "\nnode: lbnode\n"));
  CHECK(has(bench.ask("show info typed"), "15.Maxconn.1:CLP:u32:2000\n"));
  CHECK(has(bench.ask("show info desc"), "Nbthread: 1:\""));
  const auto json = nlohmann::json::parse(bench.ask("show info json"), nullptr, false);
  REQUIRE(!json.is_discarded());
  CHECK(json[0]["field"]["name"] == "Name");
}

TEST_CASE("show stat lists every object and can be narrowed", "[cli]") {
  Bench bench;
  bench.process.site->frontends[0]->counters.of(0)[proxyd::servers::Count::SessTot].add(42);
  const std::string all = bench.ask("show stat");
  CHECK(cell(all, "fe", "FRONTEND", "stot") == "42");
  CHECK(cell(all, "fe", "FRONTEND", "status") == "OPEN");
  CHECK(cell(all, "be", "s1", "weight") == "10");
  CHECK(cell(all, "be", "s1", "addr") == "127.0.0.1:8001");
  CHECK(cell(all, "be", "s1", "status") == "UP 1/3");
  CHECK(cell(all, "be", "b1", "bck") == "1");
  CHECK(cell(all, "be", "b1", "status") == "no check");
  CHECK(cell(all, "be", "m1", "status") == "MAINT");
  CHECK(cell(all, "be", "BACKEND", "slim") == "200");
  CHECK(cell(all, "be", "BACKEND", "act") == "1");
  CHECK(cell(all, "tcpb", "t1", "slim") == "5");
  CHECK(cell(all, "tcpb", "BACKEND", "algo") == "source");
  const std::string servers = bench.ask("show stat be 4 1");
  CHECK(lib::base::split(servers, '\n').size() == 3);
  CHECK(has(bench.ask("show stat 3 2 -1"), "be,BACKEND,"));
  CHECK(bench.ask("show stat nope 4 1") == "No such proxy.\n");
  CHECK(cell(bench.ask("show stat up"), "be", "BACKEND", "status") == "UP (2/3)");
  CHECK(cell(bench.ask("show stat no-maint"), "be", "m1", "status") == "no such cell");
  CHECK(has(bench.ask("show stat typed"), "S.3.1.17.status.1:SGP:str:UP 1/3\n"));
  const auto json = nlohmann::json::parse(bench.ask("show stat json"), nullptr, false);
  REQUIRE(!json.is_discarded());
  CHECK(json.size() == 7);
}

TEST_CASE("show servers state has the columns of state files", "[cli]") {
  Bench bench;
  const std::string state = bench.ask("show servers state be");
  CHECK(state.starts_with("1\n# be_id be_name srv_id srv_name srv_addr srv_op_state "));
  const auto lines = lib::base::split(state, '\n');
  REQUIRE(lines.size() == 6);
  CHECK(lib::base::split(lines[2], ' ').size() == 25);
  CHECK(lines[2].starts_with("3 be 1 s1 127.0.0.1 2 0 10 10 "));
  CHECK(lines[2].ends_with(" 1 0 2 6 0 0 0 - 8001 - 0 0 - - 0"));
  CHECK(lines[4].starts_with("3 be 3 m1 127.0.0.1 0 5 1 1 "));
  CHECK(lines[4].ends_with(" 1 0 0 8 0 0 0 - 8003 - 0 0 - - 0"));
  CHECK(bench.ask("show servers state nope") == "Can't find backend.\n");
}

TEST_CASE("show servers conn counts connections by thread", "[cli]") {
  Bench bench;
  const std::string text = bench.ask("show servers conn tcpb");
  CHECK(has(text, "idle_per_thr[1]\n"));
  CHECK(has(text, "tcpb/t1 4/1 127.0.0.1 8004 - 5000 0 0 0 0 0 -1 0 0\n"));
  CHECK(!has(text, "be/s1"));
}

TEST_CASE("servers go into maintenance and drain and come back", "[cli]") {
  Bench bench;
  CHECK(bench.ask("disable server be/s1").empty());
  CHECK(cell(bench.ask("show stat"), "be", "s1", "status") == "MAINT");
  CHECK(bench.ask("enable server be/s1").empty());
  CHECK(bench.ask("set server be/s1 state drain").empty());
  CHECK(cell(bench.ask("show stat"), "be", "s1", "status") == "DRAIN 1/3");
  CHECK(bench.ask("set server be/s1 state ready").empty());
  CHECK(bench.ask("set server be/s1 health down").empty());
  CHECK(cell(bench.ask("show stat"), "be", "s1", "status") == "DOWN");
  CHECK(bench.ask("set server be/s1 health up").empty());
  CHECK(cell(bench.ask("show stat"), "be", "s1", "status") == "UP");
  REQUIRE(!bench.events.empty());
  CHECK(bench.events.front().starts_with("Server be/s1 is going DOWN for maintenance."));
  CHECK(has(bench.events.back(), "Server be/s1 is UP, changed from CLI."));
}

TEST_CASE("what is wrong with a command's words is said as haproxy says it", "[cli]") {
  Bench bench;
  const auto says = [&](std::string_view line, std::string_view answer) {
    INFO(line);
    CHECK(bench.ask(line) == std::string{answer} + "\n");
  };
  says("disable server", "Require 'backend/server'.");
  says("disable server be", "Require 'backend/server'.");
  says("disable server nope/x", "No such backend.");
  says("enable server be/nope", "No such server.");
  says("enable health be/b1", "Health check was not configured on this server, cannot enable.");
  says("enable agent be/s1", "Agent was not configured on this server, cannot enable.");
  says("set server be/s1",
       "usage: set server <backend>/<server> addr | agent | agent-addr | agent-port | agent-send | check-addr | "
       "check-port | fqdn | health | ssl | state | weight");
  says("set server be/s1 state x", "'set server <srv> state' expects 'ready', 'drain' and 'maint'.");
  says("set server be/s1 health", "'set server <srv> health' expects 'up', 'stopping', or 'down'.");
  says("set server be/s1 weight", "Require <weight> or <weight%>.");
  says("set server be/s1 weight 300", "Absolute weight can only be between 0 and 256 inclusive.");
  says("set server be/s1 weight -1", "Absolute weight can only be between 0 and 256 inclusive.");
  says("set server be/s1 weight abc", "Empty weight string empty or preceded by garbage");
  says("set weight be/s1 3x", "Trailing garbage in weight string");
  says("set weight be/s1 -5%", "Relative weight must be positive.");
  says("set weight tcpb/t1 200%", "Backend is using a static LB algorithm and only accepts weights '0%' and '100%'.");
  says("set server be/b1 check-port 1", "health checks are not enabled on this server");
  says("set server be/s1 agent up", "agent checks are not enabled on this server.");
  says("set server be/s1 fqdn x", "set server <b>/<s> fqdn failed because no resolution is configured.");
  says("set maxconn frontend", "A frontend name is expected.");
  says("set maxconn frontend nope 1", "No such frontend.");
  says("set maxconn frontend fe", "Integer value expected.");
  says("set maxconn frontend fe -1", "Value out of range.");
  says("set maxconn server be/s1", "Require <maxconn>.");
  says("set maxconn server be/s1 x", "maxconn string empty or preceded by garbage");
  says("set maxconn global", "Expects an integer value.");
  says("set maxconn global 2001", "Value out of range.");
  says("enable frontend fe", "All sockets are already enabled.");
  says("disable frontend nope", "No such frontend.");
  says("show env NO_SUCH_VARIABLE", "Variable not found");
  says("show errors nope", "No such proxy.");
  says("show sess 0x999", "Session not found.");
  says("add map x y z", "Unknown map identifier. Please use #<id> or <file>.");
}

TEST_CASE("weights are absolute or a share of the configured one", "[cli]") {
  Bench bench;
  CHECK(bench.ask("get weight be/s1") == "10 (initial 10)\n");
  CHECK(bench.ask("set server be/s1 weight 5").empty());
  CHECK(bench.ask("get weight be/s1") == "5 (initial 10)\n");
  CHECK(bench.ask("set weight be/s1 55%").empty());
  CHECK(bench.ask("get weight be/s1") == "5 (initial 10)\n");
  CHECK(bench.ask("set weight be/s1 99999%").empty());
  CHECK(bench.ask("get weight be/s1") == "256 (initial 10)\n");
  CHECK(bench.ask("set weight be/s1 0").empty());
  CHECK(cell(bench.ask("show stat"), "be", "s1", "uweight") == "0");
}

TEST_CASE("addresses change and it is said what changed", "[cli]") {
  Bench bench;
  const auto says = [&](std::string_view words, std::string_view answer) {
    INFO(words);
    CHECK(bench.ask("set server be/s1 addr" + std::string{words}) == std::string{answer} + "\n");
  };
  says("", "set server <b>/<s> addr requires an address and optionally a port.");
  says(" foo", "Invalid addr 'foo' by 'stats socket command'");
  says(" 127.0.0.1", "no need to change the addr by 'stats socket command'");
  says(" 127.0.0.2", "IP changed from '127.0.0.1' to '127.0.0.2' by 'stats socket command'");
  says(" 127.0.0.2 port 8001",
       "no need to change the addr, no need to change the port by 'stats socket command'");
  says(" 127.0.0.1 port 9001",
       "IP changed from '127.0.0.2' to '127.0.0.1', port changed from '8001' to '9001' by 'stats socket command'");
  CHECK(bench.server("s1").where.ip.text() == "127.0.0.1:9001");
  says(" 127.0.0.9 port x",
       "IP changed from '127.0.0.1' to '127.0.0.9', problem converting port 'x' to an int by 'stats socket command'");
  CHECK(bench.server("s1").where.ip.text() == "127.0.0.1:9001");
}

TEST_CASE("limits change", "[cli]") {
  Bench bench;
  CHECK(bench.ask("set maxconn frontend fe 10").empty());
  CHECK(bench.process.site->frontends[0]->maxconn == 10);
  CHECK(bench.ask("set maxconn server be/s1 7").empty());
  CHECK(bench.server("s1").maxconn == 7);
  CHECK(bench.ask("set maxconn global 100").empty());
  CHECK(bench.process.maxconn == 100);
  CHECK(bench.ask("set maxconn global 0").empty());
  CHECK(bench.process.maxconn == 2000);
}

TEST_CASE("a frontend is paused and goes on", "[cli]") {
  Bench bench;
  CHECK(bench.ask("disable frontend fe").empty());
  CHECK(cell(bench.ask("show stat"), "fe", "FRONTEND", "status") == "PAUSED");
  CHECK(bench.ask("disable frontend fe") == "All sockets are already disabled.\n");
  CHECK(bench.ask("enable frontend fe").empty());
  CHECK(bench.events == std::vector<std::string>{"Paused frontend fe.", "Resumed frontend fe."});
}

TEST_CASE("counters are cleared, highest values by operators, all by admins", "[cli]") {
  Bench bench;
  proxyd::listen::Frontend& frontend = *bench.process.site->frontends[0];
  frontend.counters.of(0)[proxyd::servers::Count::SessTot].add(3);
  frontend.sessions.up();
  frontend.sessions.down();
  CHECK(bench.ask("clear counters", Level::Operator).empty());
  CHECK(frontend.sessions.max() == 0);
  CHECK(frontend.counters.sum(proxyd::servers::Count::SessTot) == 3);
  CHECK(bench.ask("clear counters all", Level::Operator) == "Permission denied\n");
  CHECK(bench.ask("clear counters all").empty());
  CHECK(frontend.counters.sum(proxyd::servers::Count::SessTot) == 0);
}

TEST_CASE("levels guard what looks and what changes", "[cli]") {
  Bench bench;
  CHECK(bench.ask("show sess", Level::User) == "Permission denied\n");
  CHECK(bench.ask("show errors", Level::User) == "Permission denied\n");
  CHECK(bench.ask("show env", Level::User) == "Permission denied\n");
  CHECK(bench.ask("disable server be/s1", Level::Operator) == "Permission denied\n");
  CHECK(bench.ask("set maxconn global 3", Level::Operator) == "Permission denied\n");
  CHECK(bench.ask("get weight be/s1", Level::User) == "10 (initial 10)\n");
}

TEST_CASE("sessions are listed with both their sides", "[cli]") {
  Bench bench;
  CHECK(bench.ask("show sess").empty());
  proxyd::session::SessionInfo info;
  info.id = 0x1F00;
  info.frontend = bench.process.site->frontends[0].get();
  info.source = lib::net::Address::ipv4(0x7F000001, 5555);
  info.began = bench.worker().loop.now();
  bench.worker().sessions.push_back(info);
  CHECK(bench.ask("show sess") ==
        "0x1f00: proto=tcpv4 src=127.0.0.1:5555 fe=fe be=<NONE> srv=<none> ts=00 age=0s\n");
  info.backend = bench.process.site->backends[0].get();
  info.server = &bench.server("s1");
  CHECK(has(bench.ask("show sess"), " be=be srv=s1 "));
  const std::string details = bench.ask("show sess 0x1f00");
  CHECK(has(details, "  frontend=fe (id=2 mode=http), thread=1 age=0s\n"));
  CHECK(has(details, "  server=s1 (id=1)\n"));
}

TEST_CASE("captured errors are shown with their bytes", "[cli]") {
  Bench bench;
  CHECK(has(bench.ask("show errors"), "] : 0\n"));
  proxyd::session::CapturedError error;
  error.when = lib::base::wall_now();
  error.frontend = "fe";
  error.frontend_id = 2;
  error.source = lib::net::Address::ipv4(0x7F000001, 5555);
  error.position = 19;
  error.reason = "a header name has a blank";
  error.bytes = "GET / HTTP/1.1\r\nbad hdr\r\n\r\n" + std::string(70, 'x') + "\x01\xff";
  bench.process.errors.push_back(error);
  bench.process.errors_total = 7;
  const std::string text = bench.ask("show errors");
  CHECK(has(text, "] : 7\n \n["));
  CHECK(has(text, "] frontend fe (#2): invalid request\n  backend <NONE> (#-1), server <NONE> (#-1), event #0, src "
                  "127.0.0.1:5555\n"));
  CHECK(has(text, ", error at position 19: a header name has a blank\n"));
  CHECK(has(text, "  00000  GET / HTTP/1.1\\r\\n\n  00016  bad hdr\\r\\n\n  00025  \\r\\n\n"));
  CHECK(has(text, "  00091+ xxxxxx\\x01\\xFF\n"));
  CHECK(!has(bench.ask("show errors be"), "invalid request"));
  CHECK(!has(bench.ask("show errors -1 response"), "invalid request"));
}

TEST_CASE("the process tells of itself", "[cli]") {
  Bench bench;
  CHECK(bench.ask("show version") == std::string{lib::base::version()} + "\n");
  CHECK(bench.ask("show backend") == "# name\nbe\ntcpb\n");
  CHECK(bench.ask("show startup-logs") == "said at the start\n");
  CHECK(has(bench.ask("show activity"), "\nsessions: 0 [ 0 ]\n"));
  CHECK(has(bench.ask("show pools"), "  - Pool buffer (16384 bytes) : "));
  proxyd::config::StatsSocket socket;
  socket.where.kind = lib::net::Endpoint::Kind::UnixPath;
  socket.where.path = "/run/x.sock";
  socket.level = proxyd::config::AccessLevel::Admin;
  bench.config->global.stats_sockets.push_back(socket);
  CHECK(bench.ask("show cli sockets") == "# socket lvl processes\nunix@/run/x.sock admin all\n");
  CHECK(!nlohmann::json::parse(bench.ask("show schema json"), nullptr, false).is_discarded());
}

TEST_CASE("set server moves a health check elsewhere, wholly or not at all", "[cli]") {
  Bench bench;
  const auto target = [&] {
    const std::string state = bench.ask("show servers state be");
    const auto lines = lib::base::split(state, '\n');
    const auto cells = lib::base::split(lines[2], ' ');
    return std::string{cells[21]} + " " + std::string{cells[22]};
  };
  CHECK(bench.ask("set server be/s1 check-addr") ==
        "set server <b>/<s> check-addr requires an address and optionally a port.\n");
  CHECK(bench.ask("set server be/b1 check-addr 127.0.0.1") == "health checks are not enabled on this server\n");
  CHECK(bench.ask("set server be/s1 check-addr 127.0.0.9 port x") == "provided port is not an integer\n");
  CHECK(bench.ask("set server be/s1 check-addr 127.0.0.9 port 65536") == "provided port is invalid\n");
  CHECK(target() == "0 -");
  CHECK(bench.ask("set server be/s1 check-addr 127.0.0.9 port 80").empty());
  CHECK(target() == "80 127.0.0.9");
  CHECK(bench.ask("set server be/s1 check-addr ::1").empty());
  CHECK(target() == "80 ::1");
  CHECK(bench.ask("set server be/s1 check-port 0").empty());
  CHECK(target() == "0 ::1");
}

TEST_CASE("shutdown ends the sessions that are meant, and no others", "[cli]") {
  Bench bench;
  lib::event::Waiter first_waiter{bench.worker().loop}, second_waiter{bench.worker().loop};
  proxyd::session::SessionInfo first, second;
  first.waiter = &first_waiter;
  first.id = 0x100;
  first.server = &bench.server("s1");
  second.waiter = &second_waiter;
  second.id = 0x200;
  bench.worker().sessions.push_back(first);
  bench.worker().sessions.push_back(second);
  CHECK(bench.ask("shutdown session") == "Session pointer expected (use 'show sess').\n");
  CHECK(bench.ask("shutdown session 0x300") == "No such session (use 'show sess').\n");
  CHECK(bench.ask("shutdown session 0x200", Level::Operator) == "Permission denied\n");
  CHECK(bench.ask("shutdown sessions server be/b1").empty());
  CHECK_FALSE(first.is_killed);
  CHECK(bench.ask("shutdown sessions server be/s1").empty());
  CHECK(first.take_kill());
  CHECK_FALSE(second.is_killed);
  CHECK(bench.ask("shutdown session 0x200").empty());
  CHECK(second.take_kill());
  CHECK_FALSE(first.is_killed);
  CHECK(bench.ask("shutdown session *").empty());
  CHECK(first.take_kill());
  CHECK(second.take_kill());
}

TEST_CASE("a frontend that was shut down stays so", "[cli]") {
  Bench bench;
  CHECK(bench.ask("shutdown frontend nope") == "No such frontend.\n");
  CHECK(bench.ask("shutdown frontend fe").empty());
  CHECK(bench.events == std::vector<std::string>{"Proxy fe stopped (cumulated conns: FE: 0, BE: 0)."});
  CHECK(cell(bench.ask("show stat"), "fe", "FRONTEND", "status") == "STOP");
  CHECK(bench.ask("shutdown frontend fe") == "Frontend was already shut down.\n");
  CHECK(bench.ask("enable frontend fe") == "Frontend was previously shut down, cannot enable.\n");
}
