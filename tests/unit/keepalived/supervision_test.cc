#include <catch2/catch.hpp>
#include <signal.h>

#include <algorithm>

#include "keepalived/supervision/supervision.h"

using namespace keepalived::supervision;
using namespace std::chrono_literals;

namespace {

/// An action as a line; what is said stands in quotation marks.
std::string text_of(const Action& action) {
  if (const auto* start = std::get_if<Start>(&action)) return "start " + std::string{name_of(start->part)};
  if (const auto* signal = std::get_if<Signal>(&action)) return "signal " + std::string{name_of(signal->part)} + " " + std::to_string(signal->number);
  if (const auto* say = std::get_if<Say>(&action)) return '"' + say->text + '"';
  if (const auto* tell = std::get_if<Tell>(&action)) {
    switch (tell->what) {
      case Tell::What::Ready: return "tell ready";
      case Tell::What::Reloading: return "tell reloading";
      case Tell::What::Stopping: return "tell stopping";
      case Tell::What::Failed: return "tell failed " + std::to_string(tell->code);
    }
  }
  if (std::holds_alternative<TakeCare>(action)) return "take care";
  if (std::holds_alternative<LetGo>(action)) return "let go";
  if (std::holds_alternative<ReadAgain>(action)) return "read again";
  return "finish " + std::to_string(std::get<Finish>(action).code);
}

using Lines = std::vector<std::string>;

/// The parent with a clock of its own. Each event returns what it led to.
struct Bench {
  explicit Bench(bool respawns = true, Duration watchdog = 0s) : it{{.respawns = respawns, .child_wait = 5s, .bugs_url = "URL", .watchdog = watchdog}} {}
  template <class Event>
  Lines on(Event event) {
    Actions out;
    event(out);
    Lines lines;
    for (const Action& action : out) lines.push_back(text_of(action));
    return lines;
  }
  Lines begin(Wanted wanted) { return on([&](Actions& out) { it.begin(wanted, out); }); }
  Lines started(Part part, long pid) { return on([&](Actions& out) { it.on_started(part, pid, now, out); }); }
  Lines not_started(Part part) { return on([&](Actions& out) { it.on_not_started(part, "gone", now, out); }); }
  Lines ready(Part part) { return on([&](Actions& out) { it.on_ready(part, now, out); }); }
  Lines reloaded(Part part, bool taken = true) { return on([&](Actions& out) { it.on_reloaded(part, taken, out); }); }
  Lines exits(Part part, Exit how) { return on([&](Actions& out) { it.on_exit(part, how, now, out); }); }
  Lines time(Duration later) { return on([&](Actions& out) { it.on_time(now += later, out); }); }
  Lines stop() { return on([&](Actions& out) { it.on_stop(now, out); }); }
  Lines hup() { return on([&](Actions& out) { it.wants_reload(out); }); }
  Lines reload(Wanted wanted) { return on([&](Actions& out) { it.reload(wanted, 5s, out); }); }
  /// With VRRP at work as process 7.
  void run_vrrp() {
    begin({.vrrp = true});
    started(Part::Vrrp, 7);
    ready(Part::Vrrp);
  }
  /// With both, as processes 6 and 7.
  void run_both() {
    begin({.checkers = true, .vrrp = true});
    started(Part::Checkers, 6);
    started(Part::Vrrp, 7);
    ready(Part::Vrrp);
    ready(Part::Checkers);
  }

  Instant now{1'000s};
  Supervision it;
};

constexpr Exit kKilled{.signal = SIGKILL};

}  // namespace

TEST_CASE("a child is started again after 0, 1, 2, 4 ... 32, 60 s", "[keepalived][parent]") {
  Respawn respawn;
  std::vector<long> delays;
  for (int i = 0; i < 10; ++i) delays.push_back(respawn.delay_after(1s).count() / 1'000'000);
  CHECK(delays == std::vector<long>{0, 1, 2, 4, 8, 16, 32, 60, 60, 60});
  CHECK(respawn.delay_after(59s) == 60s);
  CHECK(respawn.delay_after(60s) == 0s);  // it had lived for a minute
  CHECK(respawn.delay_after(1s) == 1s);
}

TEST_CASE("the start is complete when all children are ready", "[keepalived][parent]") {
  Bench bench;
  CHECK(bench.begin({.checkers = true, .vrrp = true}) == Lines{"start Healthcheck", "start VRRP"});
  CHECK(bench.started(Part::Checkers, 6) == Lines{"\"Starting Healthcheck child process, pid=6\""});
  CHECK(bench.started(Part::Vrrp, 7) == Lines{"\"Starting VRRP child process, pid=7\""});
  CHECK(bench.ready(Part::Vrrp).empty());
  CHECK(bench.ready(Part::Checkers) == Lines{"\"Startup complete\"", "let go", "tell ready"});
  CHECK(bench.ready(Part::Checkers).empty());
  CHECK(bench.it.pid_of(Part::Vrrp) == 7);
  CHECK(bench.it.next_time() == lib::base::kNever);
}

TEST_CASE("without configuration it stays, and a reload brings the children", "[keepalived][parent]") {
  Bench bench;
  CHECK(bench.begin({}) == Lines{"\"Warning - keepalived has no configuration to run\"", "tell ready", "let go"});
  CHECK(bench.hup() == Lines{"\"Reloading ...\"", "tell reloading"});
  CHECK(bench.reload({.vrrp = true}) == Lines{"start VRRP"});
  bench.started(Part::Vrrp, 7);
  CHECK(bench.ready(Part::Vrrp) == Lines{"\"Startup complete\"", "let go", "tell ready"});
  CHECK(bench.hup().size() == 2);
  CHECK(bench.reload({}) == Lines{"signal VRRP 1"});  // a child that runs is not stopped
  CHECK(bench.reloaded(Part::Vrrp) == Lines{"\"Reload complete\"", "tell ready"});
}

TEST_CASE("a reload is complete when every child has answered", "[keepalived][parent]") {
  Bench bench;
  bench.run_both();
  CHECK(bench.reloaded(Part::Vrrp).empty());  // nobody asked
  bench.hup();
  CHECK(bench.reload({.checkers = true, .vrrp = true}) == Lines{"signal Healthcheck 1", "signal VRRP 1"});
  CHECK(bench.reloaded(Part::Vrrp).empty());
  SECTION("well") { CHECK(bench.reloaded(Part::Checkers) == Lines{"\"Reload complete\"", "tell ready"}); }
  SECTION("refused by one") {
    CHECK(bench.reloaded(Part::Checkers, false) == Lines{"\"Reload was not taken by all processes\"", "tell ready"});
    bench.hup();
    bench.reload({.checkers = true, .vrrp = true});
    bench.reloaded(Part::Checkers);
    CHECK(bench.reloaded(Part::Vrrp) == Lines{"\"Reload complete\"", "tell ready"});
  }
  SECTION("another one meanwhile waits") {
    CHECK(bench.hup().empty());
    CHECK(bench.hup().empty());
    CHECK(bench.reloaded(Part::Checkers) == Lines{"\"Reload complete\"", "tell ready", "read again"});
    CHECK(bench.hup() == Lines{"\"Reloading ...\"", "tell reloading"});
  }
  SECTION("a child that dies owes nothing") {
    const Lines lines = bench.exits(Part::Checkers, kKilled);
    CHECK(lines.back() == "tell ready");
  }
}

TEST_CASE("a reload during the start waits for its end", "[keepalived][parent]") {
  Bench bench;
  bench.begin({.vrrp = true});
  bench.started(Part::Vrrp, 7);
  CHECK(bench.hup().empty());
  CHECK(bench.ready(Part::Vrrp) == Lines{"\"Startup complete\"", "let go", "tell ready", "read again"});
}

TEST_CASE("a file that is not taken", "[keepalived][parent]") {
  Bench bench;
  bench.run_vrrp();
  bench.hup();
  CHECK(bench.on([&](Actions& out) { bench.it.keep("why", out); }) == Lines{"\"Reload refused, the running configuration stays: why\"", "tell ready"});
}

TEST_CASE("a child that was killed is started again", "[keepalived][parent]") {
  Bench bench;
  bench.run_vrrp();
  bench.now += 3s;
  CHECK(bench.exits(Part::Vrrp, kKilled) == Lines{"\"pid 7 exited due to signal 9 (Killed) - has rlimit_rttime been exceeded?\"", "\"VRRP child process(7) died: Respawning\"",
                                                  "\"  Please report it at URL, with the configuration and the log around this time\"",
                                                  "\"Restart of VRRP process delayed 0 seconds to limit respawn rate\""});
  CHECK_FALSE(bench.it.pid_of(Part::Vrrp));
  CHECK(bench.it.next_time() == bench.now);
  CHECK(bench.time(0s) == Lines{"start VRRP"});
  bench.started(Part::Vrrp, 8);
  CHECK(bench.ready(Part::Vrrp).empty());
  CHECK(bench.exits(Part::Vrrp, {.signal = SIGSEGV}).front() == "\"pid 8 exited due to segmentation fault (SIGSEGV).\"");
  CHECK(bench.it.next_time() == bench.now + 1s);
  CHECK(bench.time(999ms).empty());
  CHECK(bench.time(1ms) == Lines{"start VRRP"});
  bench.started(Part::Vrrp, 9);
  CHECK(bench.exits(Part::Vrrp, {}).front() == "\"VRRP child process(9) died: Respawning\"");  // somebody sent it SIGTERM
  CHECK(bench.time(2s) == Lines{"start VRRP"});
  bench.started(Part::Vrrp, 10);
  CHECK(bench.exits(Part::Vrrp, {.code = 6}).front() == "\"pid 10 exited with status 6\"");
  CHECK(bench.time(4s) == Lines{"start VRRP"});
  CHECK(bench.not_started(Part::Vrrp) == Lines{"\"Unable to start VRRP process: gone\"", "\"Restart of VRRP process delayed 8 seconds to limit respawn rate\"", "take care"});
}

TEST_CASE("while vrrpd waits for its next start somebody sees to its addresses", "[keepalived][parent]") {
  Bench bench;
  bench.run_both();
  const auto cares = [](const Lines& lines) { return std::count(lines.begin(), lines.end(), "take care"); };
  CHECK(cares(bench.exits(Part::Vrrp, kKilled)) == 0);  // it starts at once
  bench.time(0s);
  bench.started(Part::Vrrp, 8);
  CHECK(cares(bench.exits(Part::Vrrp, kKilled)) == 1);
  CHECK(bench.time(1s) == Lines{"start VRRP"});
  CHECK(cares(bench.not_started(Part::Vrrp)) == 1);     // and so again
  CHECK(cares(bench.exits(Part::Checkers, kKilled)) == 0);
  bench.time(0s);
  bench.started(Part::Checkers, 9);
  CHECK(cares(bench.exits(Part::Checkers, kKilled)) == 0);
}

TEST_CASE("a child that dies at the first start keeps nobody waiting", "[keepalived][parent]") {
  Bench bench;
  bench.begin({.vrrp = true});
  bench.started(Part::Vrrp, 7);
  CHECK(bench.hup().empty());
  const Lines lines = bench.exits(Part::Vrrp, {.signal = SIGABRT});
  REQUIRE(lines.size() > 2);
  CHECK(lines[lines.size() - 2] == "let go");
  CHECK(lines.back() == "read again");
  CHECK(bench.time(0s) == Lines{"start VRRP"});
  bench.started(Part::Vrrp, 8);
  CHECK(bench.ready(Part::Vrrp).front() == "\"Startup complete\"");
}

TEST_CASE("-R: a child that dies ends all", "[keepalived][parent]") {
  Bench bench{false};
  bench.run_both();
  CHECK(bench.exits(Part::Vrrp, kKilled) == Lines{"\"pid 7 exited due to signal 9 (Killed) - has rlimit_rttime been exceeded?\"", "\"VRRP child process(7) died: Exiting\"", "\"Stopping\"",
                                                  "tell stopping", "signal Healthcheck 15"});
  CHECK(bench.exits(Part::Checkers, {}) == Lines{"finish 0"});
}

TEST_CASE("exit codes 1, 2 and 4 are for good", "[keepalived][parent]") {
  for (const auto& [code, name] : {std::pair{1, "FATAL"}, {2, "CONFIG"}, {4, "missing permission"}}) {
    Bench bench;
    bench.run_both();
    CHECK(bench.exits(Part::Vrrp, {.code = code}) ==
          Lines{"\"pid 7 exited with permanent error " + std::string{name} + ". Terminating\"", "tell failed " + std::to_string(code), "signal Healthcheck 15"});
    CHECK(bench.it.is_leaving());
    CHECK(bench.exits(Part::Checkers, {}) == Lines{"finish " + std::to_string(code)});
  }
}

TEST_CASE("a program that cannot be started at first ends all", "[keepalived][parent]") {
  Bench bench;
  bench.begin({.checkers = true, .vrrp = true});
  bench.started(Part::Checkers, 6);
  CHECK(bench.not_started(Part::Vrrp) == Lines{"\"Unable to start VRRP process: gone\"", "signal Healthcheck 15"});
  CHECK(bench.exits(Part::Checkers, {}) == Lines{"finish 1"});
}

TEST_CASE("a stop waits for the children, and kills who does not go", "[keepalived][parent]") {
  Bench bench;
  bench.run_both();
  CHECK(bench.stop() == Lines{"\"Stopping\"", "tell stopping", "signal Healthcheck 15", "signal VRRP 15"});
  CHECK(bench.stop().empty());
  CHECK(bench.hup().empty());
  CHECK(bench.exits(Part::Checkers, {.code = 1}).empty());  // how it ended does not matter any more
  SECTION("in time") {
    CHECK(bench.exits(Part::Vrrp, {}) == Lines{"finish 0"});
    CHECK(bench.it.next_time() == lib::base::kNever);
  }
  SECTION("not in time") {
    CHECK(bench.time(5s).empty());
    CHECK(bench.it.next_time() == bench.now + 1s);
    CHECK(bench.time(1s) == Lines{"\"vrrp process failed to die - forcing termination\"", "signal VRRP 9"});
    SECTION("then it dies") { CHECK(bench.exits(Part::Vrrp, kKilled) == Lines{"finish 0"}); }
    SECTION("nor then") {
      CHECK(bench.time(2s) == Lines{"finish 0"});
      CHECK(bench.time(2s).empty());
    }
  }
}

TEST_CASE("a stop while a child waits for its next start", "[keepalived][parent]") {
  Bench bench;
  bench.run_vrrp();
  bench.exits(Part::Vrrp, kKilled);
  CHECK(bench.stop() == Lines{"\"Stopping\"", "tell stopping", "finish 0"});
  CHECK(bench.time(0s).empty());
}

TEST_CASE("a child that gives no sign of life is killed and started again", "[keepalived][parent][watchdog]") {
  Bench bench{true, 10s};
  bench.run_both();
  CHECK(bench.it.next_time() == bench.now + 10s);
  CHECK(bench.time(6s) == Lines{});
  bench.it.on_alive(Part::Checkers, bench.now);
  CHECK(bench.time(4s) == Lines{});  // VRRP is silent for 10 s; had the parent slept, its word would be on the way
  CHECK(bench.it.next_time() == bench.now + 5s);
  bench.it.on_alive(Part::Checkers, bench.now);
  CHECK(bench.time(5s) == Lines{"\"VRRP child process(7) gives no sign of life - killing it\"", "signal VRRP 9"});
  CHECK(bench.time(1s) == Lines{});  // once
  const Lines died = bench.exits(Part::Vrrp, kKilled);
  REQUIRE(died.size() == 4);
  CHECK(died.back() == "\"Restart of VRRP process delayed 0 seconds to limit respawn rate\"");
  CHECK(bench.time(0s) == Lines{"start VRRP"});
  bench.started(Part::Vrrp, 8);
  bench.it.on_alive(Part::Checkers, bench.now);
  CHECK(bench.time(9s) == Lines{});  // it starts: nothing is expected of it
  CHECK(bench.ready(Part::Vrrp) == Lines{});
  bench.it.on_alive(Part::Checkers, bench.now);
  CHECK(bench.it.next_time() == bench.now + 10s);
}

TEST_CASE("a child that speaks again in the half time more is left alone", "[keepalived][parent][watchdog]") {
  Bench bench{true, 10s};
  bench.run_vrrp();
  CHECK(bench.time(3600s) == Lines{});  // the machine slept
  bench.it.on_alive(Part::Vrrp, bench.now);
  CHECK(bench.time(5s) == Lines{});
  CHECK(bench.it.next_time() == bench.now + 5s);
  CHECK(bench.time(5s) == Lines{});  // doubted again, for the first time
  CHECK(bench.it.next_time() == bench.now + 5s);
}

TEST_CASE("nobody watches: a child may say nothing for as long as it likes", "[keepalived][parent][watchdog]") {
  Bench bench;
  bench.run_vrrp();
  bench.it.on_alive(Part::Vrrp, bench.now);
  CHECK(bench.it.next_time() == lib::base::kNever);
  CHECK(bench.time(3600s) == Lines{});
}

TEST_CASE("on the way out silence is judged by the stop's own times", "[keepalived][parent][watchdog]") {
  Bench bench{true, 2s};
  bench.run_vrrp();
  bench.stop();
  CHECK(bench.it.next_time() == bench.now + 6s);
  CHECK(bench.time(5s) == Lines{});
}
