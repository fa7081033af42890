#include "proxyd/servers/checker.h"

#include <catch2/catch.hpp>

#include "lib/probe/grpc_health.h"
#include "proxyd/servers/report.h"
#include "tests/unit/lib/probe/peer.h"
#include "tests/unit/proxyd/servers/fixture.h"

using namespace proxyd::servers;
using namespace std::chrono_literals;
using lib::event::Loop;

namespace {

std::string sent_by(const lib::probe::Plan& plan) {
  for (const lib::probe::Step& step : plan.steps) {
    if (const auto* const send = std::get_if<lib::probe::Send>(&step)) return send->bytes;
  }
  return {};
}

std::string request_of(std::string method, std::string uri, std::string version,
                       std::vector<std::pair<std::string, std::string>> headers = {}, std::string body = {}) {
  proxyd::config::HttpCheck check;
  check.method = std::move(method);
  check.uri = std::move(uri);
  check.version = std::move(version);
  check.headers = std::move(headers);
  check.body = std::move(body);
  Fixture fixture{1, [&](auto& conf) {
                    conf.check_type = proxyd::config::CheckType::Http;
                    conf.http_check = check;
                  }};
  return sent_by(make_plan(fixture.server(0)));
}

lib::net::Endpoint ip(std::string_view host, std::uint16_t port) {
  lib::net::Endpoint where;
  where.ip = *lib::net::Address::parse(host);
  where.ip.set_port(port);
  return where;
}

std::string target_of(const Fixture::Adjust& adjust) {
  Fixture fixture{1, adjust};
  const lib::probe::Plan plan = make_plan(fixture.server(0));
  return std::get<lib::probe::Connect>(plan.steps[0]).where.text();
}

}  // namespace

TEST_CASE("httpchk sends the original's bytes", "[servers][checks]") {
  CHECK(request_of("OPTIONS", "/", "HTTP/1.0") == "OPTIONS / HTTP/1.0\r\n\r\n");
  CHECK(request_of("GET", "/h", "HTTP/1.0") == "GET /h HTTP/1.0\r\n\r\n");
  CHECK(request_of("HEAD", "/h", "HTTP/1.1", {{"host", "www.ex.com"}}) ==
        "HEAD /h HTTP/1.1\r\nhost: www.ex.com\r\nconnection: close\r\n\r\n");
  CHECK(request_of("POST", "/p", "HTTP/1.1", {{"host", "a"}, {"x-y", "z"}}, "abc") ==
        "POST /p HTTP/1.1\r\nhost: a\r\nx-y: z\r\ncontent-length: 3\r\nconnection: close\r\n\r\nabc");
  CHECK(request_of("GET", "/x", "HTTP/1.0", {{"foo", "Bar"}}, "abc") ==
        "GET /x HTTP/1.0\r\nfoo: Bar\r\ncontent-length: 3\r\n\r\nabc");
  CHECK(request_of("GET", "/x", "HTTP/1.1", {{"connection", "keep-alive"}, {"foo", "a b"}}) ==
        "GET /x HTTP/1.1\r\nfoo: a b\r\n\r\n");
}

TEST_CASE("a check goes where the configuration says", "[servers][checks]") {
  CHECK(target_of([](auto& conf) { conf.servers[0].where = ip("10.0.0.1", 80); }) == "10.0.0.1:80");
  CHECK(target_of([](auto& conf) {
          conf.servers[0].where = ip("10.0.0.1", 80);
          conf.servers[0].check_port = 8080;
        }) == "10.0.0.1:8080");
  CHECK(target_of([](auto& conf) {
          conf.servers[0].where = ip("10.0.0.1", 80);
          conf.servers[0].check_address = lib::net::Address::parse("10.0.0.9");
        }) == "10.0.0.9:80");
  CHECK(target_of([](auto& conf) {
          conf.servers[0].where = ip("10.0.0.1", 0);
          conf.servers[0].port_is_mapped = true;
          conf.servers[0].port_offset = 100;
          conf.binds.emplace_back().where = ip("0.0.0.0", 8000);
        }) == "10.0.0.1:8100");
}

TEST_CASE("a check has the interval to end, or its own timeouts", "[servers][checks]") {
  Fixture plain{1, [](auto& conf) {
                  conf.servers[0].inter = 300ms;
                  conf.timeouts.connect = 100ms;
                }};
  lib::probe::Plan plan = make_plan(plain.server(0));
  CHECK(plan.whole == 300ms);
  CHECK(plan.connecting == 0ms);
  Fixture own{1, [](auto& conf) {
                conf.servers[0].inter = 300ms;
                conf.timeouts.connect = 5s;
                conf.timeouts.check = 2s;
              }};
  plan = make_plan(own.server(0));
  CHECK(plan.whole == 0ms);
  CHECK(plan.connecting == 300ms);
  CHECK(plan.answering == 2s);
}

TEST_CASE("grpc-check asks for its service over HTTP/2", "[servers][checks]") {
  Fixture fixture{1, [](auto& conf) {
                    conf.check_type = proxyd::config::CheckType::Grpc;
                    conf.grpc_service = "a.B";
                    conf.servers[0].hostname = "a.test";
                    conf.servers[0].where = ip("10.0.0.1", 50051);
                  }};
  Server& server = fixture.server(0);
  const lib::probe::Plan plan = make_plan(server);
  REQUIRE(plan.steps.size() == 4);
  CHECK_FALSE(std::get<lib::probe::Connect>(plan.steps[0]).reset_on_close);
  CHECK(std::get<lib::probe::SpeakHttp2>(plan.steps[1]).is_needed);
  CHECK(sent_by(plan) == lib::probe::grpc_health_text("a.test:50051", "a.B"));
  CHECK(std::holds_alternative<lib::probe::ExpectGrpcHealth>(plan.steps[3]));
  // The name is that of the place where the line says it is.
  fixture.backend->set_check_target(server, lib::net::Address::parse("10.0.0.2"), std::nullopt);
  CHECK(sent_by(make_plan(server)) == lib::probe::grpc_health_text("10.0.0.2:50051", "a.B"));
}

TEST_CASE("a connection check ends with a reset, unless something was sent", "[servers][checks]") {
  Fixture fixture{3, [](auto& conf) {
                    conf.servers[1].send_proxy.bits = proxyd::config::SendProxy::kV1;
                    conf.servers[2].send_proxy.bits = proxyd::config::SendProxy::kV1;
                    conf.servers[2].check_port = 99;
                  }};
  const lib::probe::Plan bare = make_plan(fixture.server(0)), line = make_plan(fixture.server(1)),
                         elsewhere = make_plan(fixture.server(2));
  CHECK(std::get<lib::probe::Connect>(bare.steps[0]).reset_on_close);
  CHECK(bare.steps.size() == 1);
  CHECK_FALSE(std::get<lib::probe::Connect>(line.steps[0]).reset_on_close);
  CHECK(line.steps.size() == 2);
  CHECK(elsewhere.steps.size() == 1);
}

TEST_CASE("fastinter applies while the state is changing, downinter when down", "[servers][checks]") {
  Fixture fixture{1, [](auto& conf) {
                    auto& server = conf.servers[0];
                    server.check = true;
                    server.inter = 1s;
                    server.fast_inter = 100ms;
                    server.down_inter = 5s;
                  }};
  Server& server = fixture.server(0);
  const auto result = [&](CheckStatus status) {
    fixture.backend->on_check_result(server, status, 0, 0us, "", fixture.now);
    return check_interval(server);
  };
  CHECK(check_interval(server) == 100ms);
  CHECK(result(CheckStatus::L4Ok) == 1s);
  CHECK(result(CheckStatus::L4Connection) == 100ms);
  CHECK(result(CheckStatus::L4Connection) == 100ms);
  CHECK(result(CheckStatus::L4Connection) == 5s);
  CHECK(result(CheckStatus::L4Ok) == 100ms);
  CHECK(result(CheckStatus::L4Ok) == 1s);
}

TEST_CASE("checks every 3 ms take a server out and back, as configured", "[servers][checks]") {
  Loop loop;
  Peer good{loop}, bad{loop};
  good.answer = bad.answer = {.pieces = {"HTTP/1.0 200 OK\r\n\r\n"}};
  Fixture fixture{2, [&](auto& conf) {
                    conf.check_type = proxyd::config::CheckType::Http;
                    conf.servers[0].where = good.endpoint;
                    conf.servers[1].where = bad.endpoint;
                    for (auto& server : conf.servers) {
                      server.check = true;
                      server.inter = 3ms;
                      server.fall = 5;
                      server.rise = 2;
                    }
                    conf.timeouts.check = 500ms;  // a busy machine must not fail a check
                    conf.timeouts.connect = 500ms;
                  }};
  lib::event::TaskGroup tasks;
  std::vector<std::shared_ptr<Backend>> backends;
  backends.push_back(std::move(fixture.backend));
  const CheckLoop here{.loop = &loop, .tasks = &tasks};
  start_checks(backends, {&here, 1}, {});
  const auto run_until = [&](auto&& reached) {
    for (int round = 0; round < 5000 && !reached(); ++round) loop.run_once(5ms);
    return reached();
  };
  Server& server = *backends[0]->servers[1];
  CHECK(run_until([&] { return server.check.health == 6; }));
  CHECK(fixture.lines.empty());
  const int before = bad.connections;
  bad.answer.pieces = {"HTTP/1.0 500 Oops\r\n\r\n"};
  CHECK(run_until([&] { return server.operation == Operation::Stopped; }));
  CHECK(bad.connections - before >= 5);
  CHECK(server.counters.sum(Count::FailedChecks) == 5);
  REQUIRE(fixture.lines.size() == 1);
  CHECK(fixture.lines[0].starts_with(
      "<1> Server be/s2 is DOWN, reason: Layer7 wrong status, code: 500, info: \"Oops\", check duration: "));
  bad.answer.pieces = {"HTTP/1.0 200 OK\r\n\r\n"};
  CHECK(run_until([&] { return server.operation == Operation::Running; }));
  CHECK(fixture.lines.size() == 2);

  backends[0]->set_admin(server, kForcedMaint, 0, loop.now());
  loop.run_once(1ms);
  for (int round = 0; round < 5; ++round) loop.run_once(5ms);  // what was under way ends
  const int then = bad.connections;
  const int others = good.connections;
  CHECK(run_until([&] { return good.connections > others + 10; }));
  CHECK(bad.connections == then);  // no checks in maintenance
  backends[0]->set_admin(server, 0, kForcedMaint, loop.now());
  CHECK(run_until([&] { return bad.connections > then + 2; }));
  tasks.cancel_all();
}

TEST_CASE("a refused check reports what the system said", "[servers][checks]") {
  Loop loop;
  Fixture fixture{1, [](auto& conf) {
                    conf.servers[0].where = closed_port();
                    conf.servers[0].check = true;
                    conf.servers[0].inter = 1s;
                  }};
  lib::event::TaskGroup tasks;
  tasks.spawn(run_checks(fixture.backend->state, fixture.server(0).state, loop, {}, {}));
  for (int round = 0; round < 1000 && fixture.lines.empty(); ++round) loop.run_once(5ms);
  REQUIRE_FALSE(fixture.lines.empty());
  CHECK(fixture.lines[0].starts_with(
      "<1> Server be/s1 is DOWN, reason: Layer4 connection problem, info: \"Connection refused\", check duration: "));
  CHECK(check_status_text(fixture.server(0)) == "L4CON");
  CHECK(check_state_bits(fixture.server(0)) == 6);
}

TEST_CASE("first checks are spread over the interval", "[servers][checks]") {
  Loop loop;
  Peer peer{loop};
  Fixture fixture{4, [&](auto& conf) {
                    for (auto& server : conf.servers) {
                      server.where = peer.endpoint;
                      server.check = true;
                      server.inter = 10s;
                    }
                  }};
  lib::event::TaskGroup tasks;
  std::vector<std::shared_ptr<Backend>> backends;
  backends.push_back(std::move(fixture.backend));
  const CheckLoop here{.loop = &loop, .tasks = &tasks};
  start_checks(backends, {&here, 1}, {.spread_percent = 5, .max_spread = 40ms});
  const lib::base::Instant began = lib::base::monotonic_now();
  for (int round = 0; round < 2000 && peer.connections < 4; ++round) loop.run_once(5ms);
  CHECK(peer.connections == 4);
  CHECK(lib::base::monotonic_now() - began >= 29ms);
}
