// Lines and states measured on Debian's haproxy 2.6.12, with `socat` on its socket and servers that were made to fail.
#include <catch2/catch.hpp>

#include "proxyd/servers/report.h"
#include "tests/unit/proxyd/servers/fixture.h"

using namespace proxyd::servers;
using namespace std::chrono_literals;
using Lines = std::vector<std::string>;

namespace {

struct Checked : Fixture {
  explicit Checked(std::size_t count, const Adjust& adjust = nullptr)
      : Fixture{count, [&](proxyd::config::Proxy& conf) {
                  for (auto& server : conf.servers) server.check = true;
                  if (adjust) adjust(conf);
                }} {}
  void pass(std::size_t at) { result(at, CheckStatus::L7Ok, 200, ""); }
  void fail(std::size_t at) { result(at, CheckStatus::L7Status, 503, "Service Unavailable"); }
  void result(std::size_t at, CheckStatus status, int code, const std::string& info) {
    backend->on_check_start(server(at));
    backend->on_check_result(server(at), status, code, 0us, info, now);
  }
  std::string status(std::size_t at) { return status_text(server(at)); }
};

constexpr auto kDown = ", reason: Layer7 wrong status, code: 503, info: \"Service Unavailable\", check duration: 0ms";
constexpr auto kUp = ", reason: Layer7 check passed, code: 200, check duration: 0ms";

void with_backup(proxyd::config::Proxy& conf) {
  conf.servers[2].backup = true;
  conf.servers[2].name = "b1";
}

}  // namespace

TEST_CASE("a server falls after `fall` failures and returns after `rise` successes", "[servers][checks]") {
  Checked fixture{3, with_backup};
  fixture.pass(0);
  CHECK(fixture.logged().empty());
  fixture.fail(0);
  CHECK(fixture.status(0) == "UP 2/3");
  fixture.pass(0);
  CHECK(fixture.status(0) == "UP");
  fixture.fail(0);
  fixture.fail(0);
  CHECK(fixture.status(0) == "UP 1/3");
  CHECK(fixture.logged().empty());
  fixture.fail(0);
  CHECK(fixture.status(0) == "DOWN");
  CHECK(fixture.logged() == Lines{std::string{"<1> Server be/s1 is DOWN"} + kDown +
                                  ". 1 active and 1 backup servers left. 0 sessions active, 0 requeued, 0 remaining in "
                                  "queue."});
  CHECK(fixture.order(2) == "s2 s2");
  fixture.fail(0);
  fixture.pass(0);
  CHECK(fixture.status(0) == "DOWN 1/2");
  fixture.fail(0);
  CHECK(fixture.status(0) == "DOWN");
  fixture.pass(0);
  fixture.pass(0);
  CHECK(fixture.status(0) == "UP");
  CHECK(fixture.logged() == Lines{std::string{"<5> Server be/s1 is UP"} + kUp +
                                  ". 2 active and 1 backup servers online. 0 sessions requeued, 0 total in queue."});
  CHECK(fixture.server(0).counters.sum(Count::FailedChecks) == 5);  // not those while it was fully down
  CHECK(fixture.server(0).counters.sum(Count::DownTransitions) == 1);
}

TEST_CASE("the first check after the start decides at once", "[servers][checks]") {
  Checked fixture{2};
  fixture.fail(0);
  CHECK(fixture.status(0) == "DOWN");
  fixture.pass(1);
  CHECK(fixture.server(1).check.health == 4);
}

TEST_CASE("the last servers to fall say so, and the backend too", "[servers][checks]") {
  Checked fixture{3, with_backup};
  fixture.fail(1);
  fixture.fail(0);
  CHECK(fixture.logged()[1] == std::string{"<1> Server be/s1 is DOWN"} + kDown +
                                   ". 0 active and 1 backup servers left. Running on backup. 0 sessions active, 0 "
                                   "requeued, 0 remaining in queue.");
  fixture.console.clear();
  fixture.fail(2);
  CHECK(fixture.logged() ==
        Lines{std::string{"<1> Backup Server be/b1 is DOWN"} + kDown +
                  ". 0 active and 0 backup servers left. 0 sessions active, 0 requeued, 0 remaining in queue.",
              "<0> backend be has no server available!"});
  CHECK(fixture.console[1] == "backend 'be' has no server available!");
  CHECK_FALSE(fixture.backend->is_up());
  CHECK(fixture.backend->down_transitions == 1);
  fixture.now += 3s;
  fixture.pass(2);
  fixture.pass(2);
  CHECK(fixture.logged() == Lines{std::string{"<5> Backup Server be/b1 is UP"} + kUp +
                                  ". 0 active and 1 backup servers online. Running on backup. 0 sessions requeued, 0 "
                                  "total in queue."});
  CHECK(fixture.backend->is_up());
  CHECK(fixture.backend->down_time == 3s);
  CHECK(fixture.server(2).down_time == 3s);
}

TEST_CASE("a listen section is called a proxy", "[servers]") {
  Checked fixture{1, [](auto& conf) { conf.is_frontend = true; }};
  fixture.fail(0);
  CHECK(fixture.logged()[1] == "<0> proxy be has no server available!");
  CHECK(fixture.console[1] == "proxy 'be' has no server available!");
}

TEST_CASE("log-health-checks tells each change of health, and the state lines get short", "[servers][checks]") {
  Checked fixture{3, [](auto& conf) {
                    with_backup(conf);
                    conf.log_health_checks = true;
                  }};
  const std::string failed = std::string{"<5> Health check for server be/s1 failed"} + kDown + ", status: ";
  const std::string passed = std::string{"<5> Health check for server be/s1 succeeded"} + kUp + ", status: ";
  fixture.pass(0);
  CHECK(fixture.logged() == Lines{passed + "3/3 UP."});
  fixture.pass(0);
  CHECK(fixture.logged().empty());
  for (int at = 0; at < 4; ++at) fixture.fail(0);
  CHECK(fixture.logged() == Lines{failed + "2/3 UP.", failed + "1/3 UP.", failed + "0/2 DOWN.",
                                  "<1> Server be/s1 is DOWN. 1 active and 1 backup servers left. 0 sessions active, 0 "
                                  "requeued, 0 remaining in queue."});
  fixture.pass(0);
  fixture.pass(0);
  CHECK(fixture.logged() == Lines{passed + "1/2 DOWN.", passed + "3/3 UP.",
                                  "<5> Server be/s1 is UP. 2 active and 1 backup servers online. 0 sessions requeued, "
                                  "0 total in queue."});
  fixture.result(2, CheckStatus::L4Connection, 0, "Connection refused");
  CHECK(fixture.logged()[0] == "<5> Health check for backup server be/b1 failed, reason: Layer4 connection problem, "
                               "info: \"Connection refused\", check duration: 0ms, status: 0/2 DOWN.");
}

TEST_CASE("maintenance", "[servers]") {
  Checked fixture{3, with_backup};
  for (std::size_t at : {0, 1, 2}) fixture.pass(at);
  Backend& backend = *fixture.backend;
  backend.set_admin(fixture.server(0), kForcedMaint, 0, fixture.now);
  CHECK(fixture.logged() == Lines{"<1> Server be/s1 is going DOWN for maintenance. 1 active and 1 backup servers left. 0 "
                                  "sessions active, 0 requeued, 0 remaining in queue."});
  CHECK(fixture.status(0) == "MAINT");
  CHECK(check_status_text(fixture.server(0)).empty());
  CHECK(check_state_bits(fixture.server(0)) == 14);
  CHECK(fixture.server(0).operation == Operation::Stopped);
  CHECK(fixture.server(0).check.health == 0);
  backend.set_admin(fixture.server(0), kForcedMaint, 0, fixture.now);
  CHECK(fixture.logged().empty());
  fixture.pass(0);  // a check that was under way
  CHECK(fixture.status(0) == "MAINT");
  CHECK(fixture.logged().empty());
  backend.set_operation(fixture.server(0), Operation::Running, "changed from CLI", fixture.now);
  CHECK(fixture.logged().empty());
  backend.set_admin(fixture.server(0), 0, kForcedMaint, fixture.now);
  CHECK(fixture.logged() == Lines{"<5> Server be/s1 is UP/READY (leaving forced maintenance)."});
  CHECK(fixture.server(0).check.health == 2);  // up, and falls at the first failure
  CHECK(fixture.order(2).find("s1") != std::string::npos);
}

TEST_CASE("drain", "[servers]") {
  Checked fixture{3, with_backup};
  for (std::size_t at : {0, 1, 2}) fixture.pass(at);
  Backend& backend = *fixture.backend;
  Server& server = fixture.server(0);
  backend.set_admin(server, kForcedDrain, kForcedMaint, fixture.now);
  CHECK(fixture.logged() == Lines{"<5> Server be/s1 enters drain state. 1 active and 1 backup servers online. 0 sessions "
                                  "requeued, 0 total in queue."});
  CHECK(fixture.status(0) == "DRAIN");
  CHECK(fixture.order(2) == "s2 s2");
  backend.set_admin(server, kForcedMaint, kForcedDrain, fixture.now);
  CHECK(fixture.logged() == Lines{"<5> Server be/s1 is going DOWN for maintenance. 1 active and 1 backup servers left. 0 "
                                  "sessions active, 0 requeued, 0 remaining in queue."});
  backend.set_admin(server, kForcedDrain, kForcedMaint, fixture.now);
  CHECK(fixture.logged() == Lines{"<5> Server be/s1 is UP/DRAIN (leaving forced maintenance).",
                                  "<5> Server be/s1 remains in forced drain mode."});
  backend.set_admin(server, 0, kForcedDrain | kForcedMaint, fixture.now);
  CHECK(fixture.logged() == Lines{"<5> Server be/s1 is UP (leaving forced drain)."});
  CHECK(fixture.status(0) == "UP 1/3");

  fixture.fail(0);
  (void)fixture.logged();
  backend.set_admin(server, kForcedDrain, 0, fixture.now);
  CHECK(fixture.logged() == Lines{"<5> Server be/s1 enters drain state. 1 active and 1 backup servers left. 0 sessions "
                                  "active, 0 requeued, 0 remaining in queue."});
  CHECK(fixture.status(0) == "DOWN");
  fixture.pass(0);
  fixture.pass(0);
  CHECK(fixture.logged() == Lines{std::string{"<5> Server be/s1 is UP"} + kUp +
                                      ". 1 active and 1 backup servers online. 0 sessions requeued, 0 total in queue.",
                                  "<5> Server be/s1 remains in forced drain mode."});
  for (int at = 0; at < 3; ++at) fixture.fail(0);
  CHECK(fixture.logged() == Lines{std::string{"<5> Server be/s1 is DOWN"} + kDown +
                                      ". 1 active and 1 backup servers left. 0 sessions active, 0 requeued, 0 remaining "
                                      "in queue.",
                                  "<5> Server be/s1 remains in forced drain mode."});
  backend.set_admin(server, 0, kForcedDrain, fixture.now);
  CHECK(fixture.logged() == Lines{"<5> Server be/s1 is DOWN (leaving forced drain)."});
  backend.set_admin(server, kForcedMaint, 0, fixture.now);
  CHECK(fixture.logged() == Lines{"<5> Server be/s1 was DOWN and now enters maintenance."});
}

TEST_CASE("health set by hand", "[servers]") {
  Checked fixture{2};
  fixture.pass(0);
  Backend& backend = *fixture.backend;
  Server& server = fixture.server(0);
  backend.set_operation(server, Operation::Running, "changed from CLI", fixture.now);
  CHECK(fixture.logged().empty());
  backend.set_operation(server, Operation::Stopped, "changed from CLI", fixture.now);
  CHECK(fixture.logged() == Lines{"<1> Server be/s1 is DOWN, changed from CLI. 1 active and 0 backup servers left. 0 "
                                  "sessions active, 0 requeued, 0 remaining in queue."});
  backend.set_operation(server, Operation::Stopping, "changed from CLI", fixture.now);
  CHECK(fixture.logged() == Lines{"<5> Server be/s1 is stopping, changed from CLI. 1 active and 0 backup servers online. "
                                  "0 sessions requeued, 0 total in queue."});
  CHECK(fixture.status(0) == "NOLB");
  CHECK(backend.take(server, fixture.now) == Backend::Taken::Yes);
  CHECK(fixture.order(2) == "s2 s2");
  backend.set_operation(server, Operation::Stopped, "changed from CLI", fixture.now);
  CHECK(fixture.logged()[0].starts_with("<5> Server be/s1 is DOWN, changed from CLI."));
  backend.set_operation(server, Operation::Stopping, "changed from CLI", fixture.now);
  (void)fixture.logged();
  fixture.pass(0);
  CHECK(fixture.logged()[0].starts_with("<5> Server be/s1 is UP, reason: Layer7 check passed, code: 200"));
  CHECK(fixture.status(0) == "UP");
}

TEST_CASE("a server without a check, or with it disabled, has no check", "[servers]") {
  Checked fixture{2, [](auto& conf) { conf.servers[1].check = false; }};
  CHECK(fixture.status(1) == "no check");
  CHECK(check_state_bits(fixture.server(1)) == 0);
  CHECK(check_state_bits(fixture.server(0)) == 6);
  CHECK(check_status_text(fixture.server(0)) == "INI");
  fixture.backend->on_check_start(fixture.server(0));
  CHECK(check_status_text(fixture.server(0)) == "* INI");
  CHECK(check_state_bits(fixture.server(0)) == 7);
  fixture.backend->set_check_enabled(fixture.server(0), false);
  CHECK(fixture.status(0) == "no check");
  CHECK_FALSE(is_checked(fixture.server(0)));
  fixture.fail(0);
  CHECK(fixture.status(0) == "no check");
  fixture.backend->set_operation(fixture.server(0), Operation::Stopped, "changed from CLI", fixture.now);
  CHECK(fixture.status(0) == "DOWN");
}

TEST_CASE("a server disabled in the file starts in maintenance", "[servers]") {
  Checked fixture{1, [](auto& conf) { conf.servers[0].disabled = true; }};
  CHECK(fixture.status(0) == "MAINT");
  CHECK(fixture.server(0).admin == 5);
  CHECK_FALSE(fixture.backend->is_up());
  fixture.backend->set_admin(fixture.server(0), 0, kForcedMaint, fixture.now);
  CHECK(fixture.server(0).admin == 4);  // what the configuration said stays on record
  CHECK(fixture.order(1) == "s1");
}

TEST_CASE("draining or weighing down the last server leaves the backend without one", "[servers]") {
  Checked fixture{1};
  fixture.backend->set_weight(fixture.server(0), 0, fixture.now);
  CHECK(fixture.logged() == Lines{"<0> backend be has no server available!"});
  CHECK(fixture.status(0) == "UP 1/3");
  fixture.backend->set_weight(fixture.server(0), 1, fixture.now);
  CHECK(fixture.logged().empty());
  fixture.backend->set_admin(fixture.server(0), kForcedDrain, 0, fixture.now);
  CHECK(fixture.logged().back() == "<0> backend be has no server available!");
}

TEST_CASE("a new address or a fall retires idle connections", "[servers]") {
  Checked fixture{1};
  const std::uint32_t before = fixture.server(0).pool_generation;
  fixture.backend->set_address(fixture.server(0), {}, fixture.now);
  CHECK(fixture.server(0).pool_generation == before + 1);
  fixture.fail(0);
  CHECK(fixture.server(0).pool_generation == before + 2);
}

TEST_CASE("statuses have the original's names and numbers", "[servers]") {
  CHECK(check_status_name(CheckStatus::L4Connection) == "L4CON");
  CHECK(check_status_number(CheckStatus::Initializing) == 1);
  CHECK(check_status_number(CheckStatus::SocketError) == 5);
  CHECK(check_status_number(CheckStatus::L4Ok) == 6);
  CHECK(check_status_number(CheckStatus::L4Timeout) == 7);
  CHECK(check_status_number(CheckStatus::L4Connection) == 8);
  CHECK(check_status_number(CheckStatus::L7Timeout) == 12);
  CHECK(check_status_number(CheckStatus::L7Response) == 13);
  CHECK(check_status_number(CheckStatus::L7Ok) == 15);
  CHECK(check_status_number(CheckStatus::L7Status) == 17);
  CHECK(check_description(CheckStatus::SocketError) == "Socket error");
}
