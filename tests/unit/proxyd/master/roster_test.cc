#include "proxyd/master/roster.h"

#include <signal.h>

#include <catch2/catch.hpp>

#include <algorithm>

using namespace proxyd::master;
using Level = Say::Level;
using What = TellManager::What;

namespace {

constexpr lib::base::Instant kThen{};

Actions ready(Roster& roster, pid_t pid, WorkerSettings settings = {}) {
  roster.on_launched(pid, kThen);
  Actions out;
  roster.on_ready(pid, settings, "v", out);
  return out;
}
Actions reload(Roster& roster, Reload kind = Reload::Soft) {
  Actions out;
  roster.on_reload(kind, out);
  return out;
}
Actions stop(Roster& roster, int number) {
  Actions out;
  roster.on_stop(number, out);
  return out;
}
Actions exits(Roster& roster, pid_t pid, Ending ending = {}) {
  Actions out;
  roster.on_exit(pid, ending, out);
  return out;
}
bool has(const Actions& actions, const Action& wanted) { return std::find(actions.begin(), actions.end(), wanted) != actions.end(); }
int exit_code(const Actions& actions) {
  for (const Action& each : actions)
    if (const auto* const found = std::get_if<Exit>(&each)) return found->code;
  return -1;
}

}  // namespace

TEST_CASE("a first worker is announced once it serves", "[master]") {
  Roster roster{"HAProxy"};
  CHECK(ready(roster, 7) == Actions{Say{Level::Notice, "New worker (7) forked"}, Say{Level::Notice, "Loading success."}, TellManager{What::Ready}, AnswerReload{true}});
  REQUIRE(roster.current() != nullptr);
  CHECK(roster.current()->pid == 7);
  CHECK(roster.current()->version == "v");
}

TEST_CASE("a first worker that ends before it serves ends the master with its code", "[master]") {
  Roster roster{"HAProxy"};
  roster.on_launched(7, kThen);
  CHECK(exits(roster, 7, {.code = 1}) == Actions{Exit{1}});
  Roster other{"HAProxy"};
  other.on_launched(7, kThen);
  CHECK(exit_code(exits(other, 7, {.code = 0})) == 1);  // it never served: no success
}

TEST_CASE("a reload puts a new worker in place and lets the old one finish", "[master]") {
  Roster roster{"HAProxy"};
  ready(roster, 7);
  CHECK(reload(roster) == Actions{Say{Level::Notice, "Reloading HAProxy"}, TellManager{What::Reloading}, Launch{}});
  CHECK(roster.current()->pid == 7);
  const Actions out = ready(roster, 8);
  CHECK(out.front() == Action{Signal{7, SIGUSR1}});
  CHECK(has(out, TellManager{What::Ready}));
  CHECK(has(out, AnswerReload{true}));
  CHECK(roster.current()->pid == 8);
  CHECK(roster.current()->reloads == 0);
  CHECK(roster.workers().front().reloads == 1);
  CHECK(exits(roster, 7) == Actions{Say{Level::Warning, "Former worker (7) exited with code 0 (Exit)"}});
}

TEST_CASE("files that the current worker takes over need no other worker", "[master]") {
  Roster roster{"HAProxy"};
  (void)ready(roster, 7);
  CHECK(reload(roster) == Actions{Say{Level::Notice, "Reloading HAProxy"}, TellManager{What::Reloading}, Launch{}});
  roster.on_launched(8, kThen);
  Actions out;
  roster.on_taken_over({.max_reloads = 3}, out);
  CHECK(out == Actions{Say{Level::Notice, "Loading success."}, TellManager{What::Ready}, AnswerReload{true}});
  REQUIRE(roster.current() != nullptr);
  CHECK(roster.current()->pid == 7);
  CHECK(roster.current()->reloads == 0);
  CHECK(roster.workers().size() == 1);
  CHECK(exits(roster, 8).empty());  // the process that read them
  CHECK(roster.reloads() == 1);
}

TEST_CASE("a worker that takes files over when nobody waits for it, or when the end has come, changes nothing", "[master]") {
  Roster roster{"HAProxy"};
  (void)ready(roster, 7);
  Actions out;
  roster.on_taken_over({}, out);
  CHECK(out.empty());
  (void)reload(roster);
  roster.on_launched(8, kThen);
  (void)stop(roster, SIGTERM);
  roster.on_taken_over({}, out);
  CHECK(out.empty());
}

TEST_CASE("a reload that fails leaves everything as it was", "[master]") {
  Roster roster{"HAProxy"};
  ready(roster, 7);
  reload(roster);
  roster.on_launched(8, kThen);
  CHECK(exits(roster, 8, {.code = 1}) ==
        Actions{Say{Level::Warning, "Loading failure!"}, TellManager{What::ReadyAfterFailure}, AnswerReload{false}});
  CHECK(roster.current()->pid == 7);
  CHECK(roster.failed() == 1);
  CHECK(roster.reloads() == 1);
  CHECK(roster.current()->reloads == 1);
  reload(roster);
  Actions out;
  roster.on_launch_failed("Cannot start x", out);
  CHECK(out.front() == Action{Say{Level::Alert, "Cannot start x"}});
  CHECK(has(out, AnswerReload{false}));
  CHECK(roster.failed() == 2);
  reload(roster);
  ready(roster, 9);
  CHECK(roster.failed() == 0);
}

TEST_CASE("reloads during a reload become one behind it", "[master]") {
  Roster roster{"HAProxy"};
  ready(roster, 7);
  reload(roster);
  roster.on_launched(8, kThen);
  CHECK(reload(roster).empty());
  CHECK(reload(roster).empty());
  Actions out;
  roster.on_ready(8, {}, "v", out);
  CHECK(std::count(out.begin(), out.end(), Action{Launch{}}) == 1);
  roster.on_launched(9, kThen);
  out.clear();
  roster.on_ready(9, {}, "v", out);
  CHECK_FALSE(has(out, Launch{}));
  CHECK(roster.reloads() == 2);
}

TEST_CASE("a hard reload ends whatever runs once the new worker serves", "[master]") {
  Roster roster{"HAProxy"};
  ready(roster, 7);
  CHECK(has(reload(roster, Reload::Hard), Launch{}));
  CHECK(roster.needs_new_worker());
  const Actions done = ready(roster, 8);
  CHECK(has(done, Signal{7, SIGTERM}));
  CHECK_FALSE(has(done, Signal{7, SIGUSR1}));
  CHECK(has(reload(roster), Launch{}));
  CHECK_FALSE(roster.needs_new_worker());
  CHECK(has(ready(roster, 9), Signal{8, SIGUSR1}));
}

TEST_CASE("a hard reload that is asked for beside soft ones stays one", "[master]") {
  Roster roster{"HAProxy"};
  ready(roster, 7);
  reload(roster);
  roster.on_launched(8, kThen);
  CHECK(reload(roster, Reload::Hard).empty());
  CHECK(reload(roster).empty());
  CHECK(has(ready(roster, 8), Launch{}));
  CHECK(roster.needs_new_worker());
  CHECK(has(ready(roster, 9), Signal{8, SIGTERM}));
}

TEST_CASE("a worker that survived too many reloads is ended", "[master]") {
  Roster roster{"HAProxy"};
  const WorkerSettings one{.max_reloads = 1};
  ready(roster, 7, one);
  reload(roster);
  CHECK(has(ready(roster, 8, one), Signal{7, SIGUSR1}));
  reload(roster);
  const Actions out = ready(roster, 9, one);
  CHECK(has(out, Signal{7, SIGTERM}));
  CHECK(has(out, Signal{8, SIGUSR1}));
}

TEST_CASE("a worker that dies takes everything with it", "[master]") {
  Roster roster{"HAProxy"};
  ready(roster, 7);
  reload(roster);
  ready(roster, 8);
  const Actions out = exits(roster, 8, {.signal = SIGKILL});
  CHECK(out.front() == Action{Say{Level::Alert, "Current worker (8) exited with code 137 (Killed)"}});
  CHECK(has(out, Say{Level::Alert, "exit-on-failure: killing every processes with SIGTERM"}));
  CHECK(has(out, Signal{7, SIGTERM}));
  CHECK(has(out, DropSockets{}));
  CHECK(exit_code(out) == -1);
  CHECK(exit_code(exits(roster, 7, {.signal = SIGTERM})) == 137);
}

TEST_CASE("no-exit-on-failure waits for a reload, without holding sockets in which clients would wait", "[master]") {
  Roster roster{"HAProxy"};
  ready(roster, 7, {.exit_on_failure = false});
  const Actions out = exits(roster, 7, {.signal = SIGSEGV});
  CHECK(has(out, DropSockets{}));
  CHECK(exit_code(out) == -1);
  CHECK(roster.current() == nullptr);
  CHECK(has(reload(roster), Launch{}));
  ready(roster, 8, {.exit_on_failure = false});
  CHECK(roster.current()->pid == 8);
  CHECK(exit_code(stop(roster, SIGTERM)) == -1);
  CHECK(exit_code(exits(roster, 8, {.signal = SIGTERM})) == 0);
}

TEST_CASE("a former worker that dies is only told of", "[master]") {
  Roster roster{"HAProxy"};
  ready(roster, 7);
  reload(roster);
  ready(roster, 8);
  CHECK(exits(roster, 7, {.signal = SIGKILL}) == Actions{Say{Level::Alert, "Former worker (7) exited with code 137 (Killed)"}});
}

TEST_CASE("stops go to the workers, and the master ends behind the last one", "[master]") {
  struct Row {
    int number;
    Ending ending;
    int code;
  };
  for (const Row& row : {Row{SIGTERM, {.signal = SIGTERM}, 0}, Row{SIGINT, {.signal = SIGINT}, 130}, Row{SIGUSR1, {}, 0}}) {
    Roster roster{"HAProxy"};
    ready(roster, 7);
    const Actions out = stop(roster, row.number);
    CHECK(out.front() == Action{Say{Level::Warning, "Exiting Master process..."}});
    CHECK(has(out, TellManager{What::Stopping}));
    CHECK(has(out, DropSockets{}));
    CHECK(has(out, Signal{7, row.number}));
    CHECK(reload(roster).empty());
    CHECK(exit_code(exits(roster, 7, row.ending)) == row.code);
  }
}

TEST_CASE("a worker that was still loading at the stop is ended, and is no failure", "[master]") {
  Roster roster{"HAProxy"};
  ready(roster, 7);
  reload(roster);
  roster.on_launched(8, kThen);
  CHECK(has(stop(roster, SIGUSR1), Signal{8, SIGTERM}));
  Actions out;
  roster.on_ready(8, {}, "v", out);  // its word was on the way
  CHECK(out.empty());
  CHECK(exits(roster, 8, {.signal = SIGTERM}).empty());
  CHECK(exit_code(exits(roster, 7)) == 0);
  CHECK(roster.failed() == 0);
}

TEST_CASE("somebody who ends the worker by hand ends the master, without a failure", "[master]") {
  Roster roster{"HAProxy"};
  ready(roster, 7);
  CHECK(exit_code(exits(roster, 7, {.signal = SIGTERM})) == 0);
}
