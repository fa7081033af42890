#include "checkerd/report/commands.h"

#include <sys/socket.h>

#include <catch2/catch.hpp>

#include <nlohmann/json.hpp>

#include "lib/event/loop.h"
#include "lib/event/task.h"
#include "lib/runtime/server.h"
#include "tests/unit/checkerd/report/fake_desk.h"

using namespace things;
using Rank = lib::runtime::Level;
using namespace std::chrono_literals;

namespace {

class Bench {
 public:
  Bench() {
    desk.make_pools();
    table_.add(report::commands(desk));
  }
  /// One command on a connection of its own, as socat sends it.
  std::string ask(const std::string& line, Rank level = Rank::Admin) {
    lib::event::Loop loop;
    lib::event::TaskGroup tasks;
    int pair[2];
    REQUIRE(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, pair) == 0);
    const lib::base::UniqueFd client{pair[0]};
    tasks.spawn(serve(loop, lib::base::UniqueFd{pair[1]}, level));
    const std::string words = line + '\n';
    REQUIRE(::send(client.get(), words.data(), words.size(), MSG_NOSIGNAL) == static_cast<ssize_t>(words.size()));
    loop.run();
    std::string out(100'000, '\0');
    const ssize_t got = ::recv(client.get(), out.data(), out.size(), 0);
    REQUIRE(got >= 0);
    out.resize(static_cast<std::size_t>(got));
    return out;
  }
  FakeDesk desk;

 private:
  lib::event::Task<void> serve(lib::event::Loop& loop, lib::base::UniqueFd fd, Rank level) {
    lib::runtime::ServerOptions options;
    options.level = level;
    co_await lib::runtime::serve_client(loop, std::move(fd), table_, options);
    loop.stop();
  }
  lib::runtime::CommandTable table_;
};

bool has(const std::string& text, std::string_view part) { return text.find(part) != std::string::npos; }

}  // namespace

TEST_CASE("show info counts what there is", "[checkerd][report]") {
  Bench bench;
  const std::string text = bench.ask("show info");
  for (const char* const line : {"Name: checkerd\n", "Uptime_sec: 61\n", "Driver: memory\n", "Virtual_servers: 2\n", "Virtual_servers_up: 2\n", "Real_servers: 3\n", "Real_servers_up: 3\n",
                                 "Checks: 3\n", "Check_runs: 77\n", "Check_worst_delay_ms: 2.5\n"})
    CHECK(has(text, line));
}

TEST_CASE("show servers has a line for each, with what was set by hand", "[checkerd][report]") {
  Bench bench;
  Actions ignored;
  bench.desk.its_pool(0).on_check(0, 0, false, ignored);
  bench.desk.override_weight(0, 1, 7);
  const std::string text = bench.ask("show servers");
  CHECK(has(text, "10.0.0.1:80/tcp              VIRTUAL                  up          7       - -        -\n"));
  CHECK(has(text, "10.0.0.1:80/tcp              10.0.1.1:80              down        1     0/1 out      -\n"));
  CHECK(has(text, "10.0.0.1:80/tcp              10.0.1.2:80              up          7     1/1 in       weight 7\n"));
  CHECK(has(text, "fwmark:5                     VIRTUAL"));
}

TEST_CASE("servers and checks are there as JSON", "[checkerd][report]") {
  Bench bench;
  bench.desk.override_state(0, 1, Override::Drain);
  const auto servers = nlohmann::json::parse(bench.ask("show servers json"));
  REQUIRE(servers.size() == 2);
  CHECK(servers[0]["virtual_server"] == "10.0.0.1:80/tcp");
  CHECK(servers[0]["servers"][1]["state_by_hand"] == "drain");
  CHECK(servers[0]["servers"][1]["weight"] == 0);
  CHECK(servers[1]["name"] == "FWM 5");
  const auto checks = nlohmann::json::parse(bench.ask("show checks json"));
  REQUIRE(checks.size() == 3);
  CHECK(checks[1]["history"][0]["detail"] == "HTTP status 503 \"x\"");
  CHECK(checks[1]["history"][1]["passed"] == true);
  CHECK(checks[1]["failures"] == 2);
  CHECK(nlohmann::json::parse(bench.ask("show checks fwmark:5 json")).size() == 1);
  CHECK(nlohmann::json::parse(bench.ask("show checks 10.0.0.1:80 10.0.1.2:80 json")).size() == 1);
}

TEST_CASE("show checks tells the last run, and all of a server that is named", "[checkerd][report]") {
  Bench bench;
  const std::string all = bench.ask("show checks");
  CHECK(has(all, "10.0.0.1:80/tcp 10.0.1.2:80"));
  CHECK(has(all, "failed: HTTP status 503 \"x\"\n"));
  CHECK_FALSE(has(all, "1.2ms passed\n                "));
  const std::string one = bench.ask("show checks 10.0.0.1:80 10.0.1.2:80");
  CHECK(has(one, "0.3ms failed: HTTP status 503 \"x\"\n"));
  CHECK(has(one, "ms passed\n"));
  CHECK_FALSE(has(one, "10.0.1.1:80"));
}

TEST_CASE("a server is chosen by every name that people know", "[checkerd][report]") {
  Bench bench;
  for (const char* const name : {"10.0.0.1:80/tcp", "10.0.0.1:80", "[10.0.0.1]:tcp:80"})
    for (const char* const server : {"10.0.1.1:80", "[10.0.1.1]:tcp:80"}) CHECK(bench.ask(std::string{"set server "} + name + ' ' + server + " weight 9") == "\n");
  CHECK(bench.desk.pool(0).server(0).weight == 9);
  CHECK(bench.ask("set server fwmark:5 10.0.1.1:80 down") == "\n");
  CHECK_FALSE(bench.desk.pool(1).server(0).is_alive);
  CHECK(bench.ask("set server fwmark:5 10.0.1.1:80 auto") == "\n");
  CHECK(bench.desk.pool(1).server(0).is_alive);
}

TEST_CASE("auto takes both back, weight auto only the weight", "[checkerd][report]") {
  Bench bench;
  (void)bench.ask("set server 10.0.0.1:80 10.0.1.2:80 weight 40");
  (void)bench.ask("set server 10.0.0.1:80 10.0.1.2:80 down");
  (void)bench.ask("set server 10.0.0.1:80 10.0.1.2:80 weight auto");
  CHECK(bench.desk.pool(0).server(1).override_state == Override::Down);
  CHECK_FALSE(bench.desk.pool(0).server(1).override_weight.has_value());
  (void)bench.ask("set server 10.0.0.1:80 10.0.1.2:80 weight 40");
  (void)bench.ask("set server 10.0.0.1:80 10.0.1.2:80 auto");
  CHECK(bench.desk.pool(0).server(1).override_state == Override::None);
  CHECK(bench.desk.pool(0).server(1).weight == 3);
}

TEST_CASE("a refusal says what was expected", "[checkerd][report]") {
  Bench bench;
  CHECK(bench.ask("set server nobody 10.0.1.1:80 up") == "No such virtual server: nobody ('show servers' has the names).\n\n");
  CHECK(bench.ask("set server 10.0.0.1:80 10.0.1.9:80 up") == "No such real server of 10.0.0.1:80: 10.0.1.9:80.\n\n");
  CHECK(bench.ask("set server 10.0.0.1:80") == "'set server' expects a virtual server, a real server, and 'weight <n>|auto', 'up', 'down', 'drain' or 'auto'.\n\n");
  CHECK(bench.ask("set server 10.0.0.1:80 10.0.1.1:80 sideways") == "'set server <virtual server> <server>' expects 'weight <n>|auto', 'up', 'down', 'drain' or 'auto'.\n\n");
  for (const char* const weight : {"65536", "-1", "x", ""})
    CHECK(bench.ask(std::string{"set server 10.0.0.1:80 10.0.1.1:80 weight "} + weight) == "A weight is a number from 0 to 65535, or 'auto'.\n\n");
  CHECK(bench.ask("show stat xml") == "'show stat' expects nothing, 'csv', 'json' or 'prometheus'.\n\n");
  CHECK(bench.ask("show servers xml") == "'show servers' expects nothing or 'json', not 'xml'.\n\n");
  CHECK(bench.ask("show checks a b c") == "'show checks' expects at most a virtual server, a real server and 'json'.\n\n");
  CHECK(bench.ask("disable checks") == "'disable checks' expects a virtual server, and one of its real servers or none.\n\n");
  bench.desk.fails_ = true;
  CHECK(bench.ask("show ipvs") == "The table cannot be read: no table\n\n");
}

TEST_CASE("checks are disabled for a server or for all of a virtual server", "[checkerd][report]") {
  Bench bench;
  (void)bench.ask("disable checks 10.0.0.1:80");
  (void)bench.ask("enable checks 10.0.0.1:80 10.0.1.2:80");
  CHECK(bench.desk.asked_ == Lines{"0 0 off", "0 1 off", "0 1 on"});
}

TEST_CASE("who may only look changes nothing", "[checkerd][report]") {
  Bench bench;
  for (const char* const line : {"set server 10.0.0.1:80 10.0.1.1:80 down", "disable checks 10.0.0.1:80", "enable checks 10.0.0.1:80"})
    for (const Rank level : {Rank::User, Rank::Operator}) CHECK(bench.ask(line, level) == "Permission denied\n\n");
  CHECK(bench.desk.pool(0).server(0).is_alive);
  CHECK(bench.desk.asked_.empty());
  CHECK(bench.ask("show config", Rank::User) == "Permission denied\n\n");
  CHECK(has(bench.ask("show config", Rank::Operator), "------< Health checkers >------\n"));
  CHECK(has(bench.ask("show servers", Rank::User), "VIRTUAL"));
}
