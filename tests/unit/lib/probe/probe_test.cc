#include "lib/probe/probe.h"

#include <catch2/catch.hpp>

#include <optional>

#include "tests/unit/lib/probe/peer.h"

using namespace lib::probe;
using namespace std::chrono_literals;
using lib::event::Loop;

namespace {

lib::event::Task<void> run_into(Plan plan, Loop& loop, std::optional<Report>& report) {
  lib::event::Waiter waiter{loop};
  report = co_await run(plan, waiter);
}

/// Runs the plan to its end on a loop that also serves the peers.
Report outcome_of(Loop& loop, Plan plan) {
  std::optional<Report> report;
  lib::event::TaskGroup tasks;
  loop.refresh_now();
  tasks.spawn(run_into(std::move(plan), loop, report));
  for (int round = 0; round < 20000 && !report; ++round) loop.run_once(10ms);
  REQUIRE(report);
  return *report;
}

Plan connect_only(const lib::net::Endpoint& where) {
  Plan plan;
  plan.steps.emplace_back().emplace<Connect>();
  std::get<Connect>(plan.steps[0]).where = where;
  std::get<Connect>(plan.steps[0]).reset_on_close = true;
  plan.whole = 2s;
  return plan;
}

Plan http(const lib::net::Endpoint& where) {
  Plan plan = connect_only(where);
  std::get<Connect>(plan.steps[0]).reset_on_close = false;
  plan.steps.emplace_back().emplace<Send>().bytes = "OPTIONS / HTTP/1.0\r\n\r\n";
  plan.steps.emplace_back().emplace<ExpectHttpStatus>();
  return plan;
}

}  // namespace

TEST_CASE("a connection that is accepted passes, and ends with a reset", "[probe]") {
  Loop loop;
  Peer peer{loop};
  const Report report = outcome_of(loop, connect_only(peer.endpoint));
  CHECK(report.outcome == Outcome::Passed);
  CHECK_FALSE(report.has_answer);
  CHECK(report.info.empty());
  for (int round = 0; round < 100 && !peer.last_was_reset; ++round) loop.run_once(10ms);
  CHECK(peer.connections == 1);
  CHECK(peer.last_was_reset);
}

TEST_CASE("a refused connection says so", "[probe]") {
  Loop loop;
  const Report report = outcome_of(loop, connect_only(closed_port()));
  CHECK(report.outcome == Outcome::ConnectFailed);
  CHECK(report.info == "Connection refused");
}

TEST_CASE("a missing UNIX socket is a socket error, in the original's words", "[probe]") {
  Loop loop;
  lib::net::Endpoint where;
  where.kind = lib::net::Endpoint::Kind::UnixPath;
  where.path = "/nonexistent/probe.sock";
  const Report report = outcome_of(loop, connect_only(where));
  CHECK(report.outcome == Outcome::SocketError);
  CHECK(report.info == "General socket error (No such file or directory)");
}

TEST_CASE("a source address that is not ours fails the connection", "[probe]") {
  Loop loop;
  Peer peer{loop};
  Plan plan = connect_only(peer.endpoint);
  std::get<Connect>(plan.steps[0]).source = *lib::net::Address::parse("203.0.113.77");
  const Report report = outcome_of(loop, std::move(plan));
  CHECK(report.outcome == Outcome::BindFailed);
  CHECK(report.info == "Can't bind to source address (Cannot assign requested address)");
}

TEST_CASE("a connection that is not answered times out", "[probe]") {
  Loop loop;
  // A listener whose backlog is full: the kernel drops further SYNs.
  const int listener = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  lib::net::Endpoint where;
  where.ip = lib::net::Address::ipv4(0x7f000001, 0);
  REQUIRE(::bind(listener, where.ip.raw(), where.ip.raw_size()) == 0);
  REQUIRE(::listen(listener, 0) == 0);
  where.ip = lib::net::local_address(listener);
  std::vector<lib::base::UniqueFd> fill;
  for (int at = 0; at < 4; ++at) {
    auto started = lib::net::start_connect(where, lib::net::ConnectOptions{});
    REQUIRE(started);
    fill.push_back(std::move(*started));
  }
  Plan plan = connect_only(where);
  plan.whole = {};
  plan.connecting = 40ms;
  const Report report = outcome_of(loop, std::move(plan));
  CHECK(report.outcome == Outcome::ConnectTimeout);
  CHECK(report.took >= 39ms);
  CHECK(report.took < 2s);
  ::close(listener);
}

TEST_CASE("a good status passes, and the request is what was asked for", "[probe]") {
  Loop loop;
  Peer peer{loop};
  peer.answer = {.pieces = {"HTTP/1.0 200 OK\r\n\r\n"}};
  const Report report = outcome_of(loop, http(peer.endpoint));
  CHECK(report.outcome == Outcome::Passed);
  CHECK(report.has_answer);
  CHECK(report.code == 200);
  CHECK(peer.received == "OPTIONS / HTTP/1.0\r\n\r\n");
}

TEST_CASE("what servers answer decides", "[probe]") {
  struct Case {
    std::string answer;
    Outcome outcome;
    int code;
    std::string info;
  };
  const std::vector<Case> table = {
      {"HTTP/1.1 204 No Content\r\n\r\n", Outcome::Passed, 204, ""},
      {"HTTP/1.1 302 Found\r\nLocation: /\r\n\r\n", Outcome::Passed, 302, ""},
      {"HTTP/1.0 503 Service Unavailable\r\nContent-Length: 0\r\n\r\n", Outcome::WrongStatus, 503,
       "Service Unavailable"},
      {"HTTP/1.1 404 Not Found\r\n\r\n", Outcome::WrongStatus, 404, "Not Found"},
      {"HTTP/1.0 503\r\n\r\n", Outcome::WrongStatus, 503, ""},
      {"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\n\r\n", Outcome::Passed, 200, ""},
      {"hello world, this is garbage\r\n", Outcome::InvalidAnswer, 0, ""},
      {"HTTP/1.", Outcome::InvalidAnswer, 0, ""},
      {"HTTP/1.0 200 OK\r\nFoo", Outcome::InvalidAnswer, 0, ""},
      {"HTTP/1.0 200 OK\r\nX: " + std::string(20000, 'a') + "\r\n\r\n", Outcome::InvalidAnswer, 0, ""},
      {"", Outcome::InvalidAnswer, 0, ""},
  };
  for (const Case& row : table) {
    INFO(row.answer.substr(0, 60));
    Loop loop;
    Peer peer{loop};
    peer.answer = {.pieces = {row.answer}};
    const Report report = outcome_of(loop, http(peer.endpoint));
    CHECK(report.outcome == row.outcome);
    CHECK(report.code == row.code);
    CHECK(report.info == row.info);
  }
}

TEST_CASE("an answer may come byte by byte", "[probe]") {
  Loop loop;
  Peer peer{loop};
  for (const char byte : std::string{"HTTP/1.0 200 OK\r\nA: b\r\n\r\n"}) peer.answer.pieces.emplace_back(1, byte);
  peer.answer.gap = 1ms;
  const Report report = outcome_of(loop, http(peer.endpoint));
  CHECK(report.outcome == Outcome::Passed);
  CHECK(report.took >= 20ms);
}

TEST_CASE("a silent server times out after the whole time", "[probe]") {
  Loop loop;
  Peer peer{loop};
  peer.answer = {.pieces = {}, .stays = true};
  Plan plan = http(peer.endpoint);
  plan.whole = 50ms;
  const Report report = outcome_of(loop, std::move(plan));
  CHECK(report.outcome == Outcome::AnswerTimeout);
  CHECK(report.took >= 49ms);
}

TEST_CASE("the time to answer counts from the connection", "[probe]") {
  Loop loop;
  Peer peer{loop};
  peer.answer = {.pieces = {"HTTP/1.0 200"}, .gap = 5ms, .stays = true};
  Plan plan = http(peer.endpoint);
  plan.whole = {};
  plan.connecting = 1s;
  plan.answering = 40ms;
  const Report report = outcome_of(loop, std::move(plan));
  CHECK(report.outcome == Outcome::AnswerTimeout);
  CHECK(report.took < 2s);
}

TEST_CASE("a reset before the answer is a socket error", "[probe]") {
  Loop loop;
  Peer peer{loop};
  peer.answer = {.pieces = {}, .resets = true};
  const Report report = outcome_of(loop, http(peer.endpoint));
  CHECK(report.outcome == Outcome::SocketError);
  CHECK(report.info == "Connection reset by peer");
}

TEST_CASE("the PROXY line comes first and names this end as the client", "[probe]") {
  Loop loop;
  Peer peer{loop};
  Plan plan = connect_only(peer.endpoint);
  std::get<Connect>(plan.steps[0]).reset_on_close = false;
  plan.steps.emplace_back().emplace<SendProxyLine>();
  CHECK(outcome_of(loop, std::move(plan)).outcome == Outcome::Passed);
  for (int round = 0; round < 100 && peer.received.empty(); ++round) loop.run_once(10ms);
  CHECK(peer.received.starts_with("PROXY TCP4 127.0.0.1 127.0.0.1 "));
  CHECK(peer.received.ends_with(" " + std::to_string(peer.endpoint.ip.port()) + "\r\n"));
}

TEST_CASE("a probe that is destroyed in the middle leaves nothing behind", "[probe]") {
  Loop loop;
  Peer peer{loop};
  peer.answer = {.pieces = {}, .stays = true};
  std::optional<Report> report;
  {
    lib::event::TaskGroup tasks;
    tasks.spawn(run_into(http(peer.endpoint), loop, report));
    for (int round = 0; round < 100 && peer.received.empty(); ++round) loop.run_once(10ms);
    CHECK(tasks.size() == 1);
  }
  loop.run_once(1ms);
  CHECK_FALSE(report);
}
