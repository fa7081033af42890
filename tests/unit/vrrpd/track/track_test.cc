#include <catch2/catch.hpp>

#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <filesystem>
#include <fstream>

#include "lib/event/child.h"
#include "lib/event/loop.h"
#include "vrrpd/track/process_match.h"
#include "vrrpd/track/script_state.h"
#include "vrrpd/track/table.h"
#include "vrrpd/track/trackers.h"

using namespace vrrpd::track;
using namespace std::chrono_literals;
using parsers::keepalived::KeepalivedConfig;
using parsers::keepalived::TrackProcess;
using parsers::keepalived::Weight;

namespace {

KeepalivedConfig one_instance() {
  KeepalivedConfig config;
  config.instances.resize(1);
  config.instances[0].name = "VI_1";
  config.instances[0].interface = "eth0";
  return config;
}

KeepalivedConfig with_script(Weight weight) {
  KeepalivedConfig config = one_instance();
  config.scripts.resize(1);
  config.scripts[0].name = "chk";
  config.instances[0].track_scripts.push_back({.index = 0, .weight = weight});
  return config;
}

KeepalivedConfig with_file(Weight weight) {
  KeepalivedConfig config = one_instance();
  config.track_files.resize(1);
  config.track_files[0].name = "tf";
  config.instances[0].track_files.push_back({.index = 0, .weight = weight});
  return config;
}

struct Recorder : Sink {
  std::vector<Effect> effects;
  std::vector<std::string> lines;
  void on_effect(const Effect& effect) override { effects.push_back(effect); }
  void on_log(vrrpd::Level, std::string_view line) override { lines.emplace_back(line); }
};

void run_until(lib::event::Loop& loop, const std::function<bool()>& done) {
  const auto deadline = lib::base::monotonic_now() + 20s;
  while (!done() && lib::base::monotonic_now() < deadline) loop.run_once(50ms);
  REQUIRE(done());
}

parsers::keepalived::Command shell(const std::string& text) {
  parsers::keepalived::Command command;
  command.argv = {"/bin/sh", "-c", text};
  command.uid = ::getuid();
  command.gid = ::getgid();
  return command;
}

}  // namespace

TEST_CASE("one success is enough at the start, whatever rise says", "[vrrp][track]") {
  ScriptState state{3, 2, false};
  CHECK(state.status() == Result::Pending);
  CHECK(state.on_run(true) == Result::Up);
  CHECK(state.counter() == 4);
}

TEST_CASE("one failure at the start decides at once, then rise successes are needed", "[vrrp][track]") {
  ScriptState state{3, 2, false};
  CHECK(state.on_run(false) == Result::Down);
  CHECK_FALSE(state.on_run(true));
  CHECK_FALSE(state.on_run(true));
  CHECK(state.on_run(true) == Result::Up);
  CHECK_FALSE(state.on_run(false));
  CHECK_FALSE(state.on_run(true));   // one success brings it back to the top
  CHECK_FALSE(state.on_run(false));
  CHECK(state.on_run(false) == Result::Down);
}

TEST_CASE("a single failure while rising starts the count again", "[vrrp][track]") {
  ScriptState state{2, 1, false};
  CHECK(state.on_run(false) == Result::Down);
  CHECK_FALSE(state.on_run(true));
  CHECK_FALSE(state.on_run(false));
  CHECK_FALSE(state.on_run(true));
  CHECK(state.on_run(true) == Result::Up);
}

TEST_CASE("init_fail starts as failed and says nothing when the first run fails", "[vrrp][track]") {
  ScriptState state{1, 1, true};
  CHECK(state.status() == Result::Down);
  CHECK_FALSE(state.on_run(false));
  CHECK(state.on_run(true) == Result::Up);
}

TEST_CASE("weights add while up when positive and while down when negative", "[vrrp][track]") {
  struct Row {
    Weight weight;
    Result result;
    int sum;
  };
  const Row row = GENERATE(Row{{20, false}, Result::Up, 20}, Row{{20, false}, Result::Down, 0},
                           Row{{-20, false}, Result::Up, 0}, Row{{-20, false}, Result::Down, -20},
                           Row{{20, true}, Result::Up, -20}, Row{{-20, true}, Result::Down, 20},
                           Row{{20, false}, Result::Pending, 0}, Row{{-20, false}, Result::Pending, 0});
  const KeepalivedConfig config = with_script(row.weight);
  Table table{config};
  (void)table.set_result(table.script_item(0), row.result);
  const Effect effect = table.effect_on(0);
  CHECK(effect.weight_sum == row.sum);
  CHECK(effect.faults == 0);
  CHECK(effect.pending == 0);
}

TEST_CASE("a script without weight holds its instance back, then faults or frees it", "[vrrp][track]") {
  const KeepalivedConfig config = with_script({});
  Table table{config};
  CHECK(table.effect_on(0).pending == 1);
  auto effects = table.set_result(table.script_item(0), Result::Down);
  REQUIRE(effects.size() == 1);
  CHECK(effects[0].faults == 1);
  CHECK(effects[0].pending == 0);
  CHECK(effects[0].reason == "script chk down");
  CHECK(table.set_result(table.script_item(0), Result::Down).empty());
  effects = table.set_result(table.script_item(0), Result::Up);
  REQUIRE(effects.size() == 1);
  CHECK(effects[0].faults == 0);
}

TEST_CASE("reverse without weight faults while the thing is up", "[vrrp][track]") {
  const KeepalivedConfig config = with_script({.value = 0, .reverse = true});
  Table table{config};
  (void)table.set_result(table.script_item(0), Result::Up);
  CHECK(table.effect_on(0).faults == 1);
  (void)table.set_result(table.script_item(0), Result::Down);
  CHECK(table.effect_on(0).faults == 0);
}

TEST_CASE("a file's number times its weight is added, clamped, and faults from -254 down", "[vrrp][track]") {
  struct Row {
    Weight weight;
    long long value;
    int sum;
    unsigned faults;
  };
  const Row row = GENERATE(Row{{1, false}, 0, 0, 0}, Row{{1, false}, 10, 10, 0}, Row{{2, false}, -7, -14, 0},
                           Row{{2, true}, 7, -14, 0}, Row{{1, false}, 1000, 253, 0}, Row{{1, false}, -253, -253, 0},
                           Row{{1, false}, -254, -254, 1}, Row{{254, false}, -1'000'000'000'000, -254, 1},
                           Row{{0, false}, 1, 0, 1}, Row{{0, false}, 0, 0, 0}, Row{{0, true}, 0, 0, 1});
  const KeepalivedConfig config = with_file(row.weight);
  Table table{config};
  (void)table.set_value(table.file_item(0), row.value);
  CHECK(table.effect_on(0).weight_sum == row.sum);
  CHECK(table.effect_on(0).faults == row.faults);
}

TEST_CASE("the runtime API's word stands above what was measured", "[vrrp][track]") {
  const KeepalivedConfig config = with_script({});
  Table table{config};
  (void)table.set_result(table.script_item(0), Result::Up);
  CHECK(table.force(table.script_item(0), false).size() == 1);
  CHECK(table.effect_on(0).faults == 1);
  CHECK(table.force(table.script_item(0), std::nullopt).size() == 1);
  CHECK(table.effect_on(0).faults == 0);
}

TEST_CASE("own interface and those of addresses are tracked, once each", "[vrrp][track]") {
  KeepalivedConfig config = one_instance();
  config.instances[0].addresses.resize(3);
  config.instances[0].addresses[1].interface = "eth1";
  config.instances[0].addresses[2].interface = "eth1";
  Table table{config};
  const auto eth0 = table.find(Kind::Interface, "eth0");
  const auto eth1 = table.find(Kind::Interface, "eth1");
  REQUIRE(eth0);
  REQUIRE(eth1);
  (void)table.set_result(*eth0, Result::Up);
  const auto effects = table.set_result(*eth1, Result::Down);
  REQUIRE(effects.size() == 1);
  CHECK(effects[0].faults == 1);
}

TEST_CASE("a group's trackers act on every member", "[vrrp][track]") {
  KeepalivedConfig config = with_script({});
  config.instances[0].track_scripts.clear();
  config.instances.push_back(config.instances[0]);
  config.groups.resize(1);
  config.groups[0].members = {0, 1};
  config.groups[0].track_scripts.push_back({.index = 0, .weight = {}});
  Table table{config};
  CHECK(table.set_result(table.script_item(0), Result::Down).size() == 2);
}

TEST_CASE("the first number of a file, as strtol reads it", "[vrrp][track]") {
  CHECK(keepalived::first_number("12\n") == 12);
  CHECK(keepalived::first_number(" -7 x") == -7);
  CHECK(keepalived::first_number("0x10") == 16);
  CHECK(keepalived::first_number("010") == 8);
  CHECK(keepalived::first_number("abc") == 0);
  CHECK(keepalived::first_number("") == 0);
}

TEST_CASE("processes match by name, or by their whole command", "[vrrp][track]") {
  TrackProcess tracked;
  tracked.path = "/usr/sbin/haproxy";
  CHECK(is_match(tracked, {.name = "haproxy", .arguments = {"anything"}}));
  CHECK_FALSE(is_match(tracked, {.name = "haproxy2", .arguments = {}}));
  tracked.path = "a-name-of-more-than-15";
  CHECK(is_match(tracked, {.name = "a-name-of-more-", .arguments = {}}));
  tracked.path = "/bin/daemon";
  tracked.parameters = {"-f", "one.conf"};
  CHECK(is_match(tracked, {.name = "x", .arguments = {"/bin/daemon", "-f", "one.conf"}}));
  CHECK_FALSE(is_match(tracked, {.name = "x", .arguments = {"/bin/daemon", "-f", "one.conf", "-d"}}));
  tracked.match = TrackProcess::Match::Initial;
  CHECK(is_match(tracked, {.name = "x", .arguments = {"/bin/daemon", "-f", "one.conf", "-d"}}));
  tracked.match = TrackProcess::Match::Partial;
  tracked.parameters = {"-f", "one"};
  CHECK(is_match(tracked, {.name = "x", .arguments = {"/bin/daemon", "-f", "one.conf", "-d"}}));
  CHECK(split_arguments(std::string_view{"a\0b c\0", 6}) == std::vector<std::string>{"a", "b c"});
}

TEST_CASE("scripts run at once and then at their interval; what they return is told once", "[vrrp][track]") {
  char folder[] = "/tmp/vrrpd-track-XXXXXX";
  REQUIRE(::mkdtemp(folder) != nullptr);
  const std::string flag = std::string{folder} + "/flag";
  KeepalivedConfig config = with_script({});
  config.scripts[0].command = shell("test ! -e " + flag);
  config.scripts[0].interval = 20ms;
  config.scripts[0].timeout = 5s;
  lib::event::Loop loop;
  Recorder sink;
  Trackers trackers{loop, config, sink};
  trackers.start(nullptr);
  run_until(loop, [&] { return trackers.table.effect_on(0).pending == 0; });
  CHECK(trackers.table.effect_on(0).faults == 0);
  CHECK(sink.lines == std::vector<std::string>{"VRRP_Script(chk) succeeded"});
  std::ofstream{flag};
  run_until(loop, [&] { return trackers.table.effect_on(0).faults == 1; });
  CHECK(sink.lines == std::vector<std::string>{"VRRP_Script(chk) succeeded", "Script `chk` now returning 1",
                                               "VRRP_Script(chk) failed (exited with status 1)"});
  std::filesystem::remove_all(folder);
}

TEST_CASE("a script that hangs is ended and counts as failed", "[vrrp][track]") {
  KeepalivedConfig config = with_script({});
  config.scripts[0].command = shell("sleep 600");
  config.scripts[0].interval = 50ms;
  lib::event::Loop loop;
  Recorder sink;
  Trackers trackers{loop, config, sink};
  trackers.start(nullptr);
  run_until(loop, [&] { return trackers.table.effect_on(0).faults == 1; });
  CHECK(sink.lines.front() == "VRRP_Script(chk) timed_out");
}

TEST_CASE("a script that cannot be started is a failure with its reason", "[vrrp][track]") {
  KeepalivedConfig config = with_script({});
  config.scripts[0].command.argv = {"/nonexistent/script"};
  lib::event::Loop loop;
  Recorder sink;
  Trackers trackers{loop, config, sink};
  trackers.start(nullptr);
  run_until(loop, [&] { return trackers.table.effect_on(0).faults == 1; });
  CHECK(sink.lines.front() == "VRRP_Script(chk): cannot start /nonexistent/script: No such file or directory");
}

TEST_CASE("a tracked file is read when somebody wrote, moved or removed it", "[vrrp][track]") {
  char folder[] = "/tmp/vrrpd-track-XXXXXX";
  REQUIRE(::mkdtemp(folder) != nullptr);
  const std::string path = std::string{folder} + "/number";
  KeepalivedConfig config = with_file({.value = 1});
  config.track_files[0].path = path;
  config.track_files[0].initial_value = 5;
  lib::event::Loop loop;
  Recorder sink;
  Trackers trackers{loop, config, sink};
  trackers.start(nullptr);
  CHECK(trackers.table.effect_on(0).weight_sum == 5);
  std::ofstream{path} << "-30\n";
  run_until(loop, [&] { return trackers.table.effect_on(0).weight_sum == -30; });
  std::ofstream{path + ".new"} << "7\n";
  std::filesystem::rename(path + ".new", path);
  run_until(loop, [&] { return trackers.table.effect_on(0).weight_sum == 7; });
  std::filesystem::remove(path);
  run_until(loop, [&] { return trackers.table.effect_on(0).weight_sum == 0; });
  std::filesystem::remove_all(folder);
  // The whole directory comes back: it is watched again.
  std::filesystem::create_directory(folder);
  std::ofstream{path} << "9\n";
  run_until(loop, [&] { return trackers.table.effect_on(0).weight_sum == 9; });
  std::filesystem::remove_all(folder);
}

TEST_CASE("processes are counted from their start to their end", "[vrrp][track]") {
  KeepalivedConfig config = one_instance();
  config.track_processes.resize(1);
  config.track_processes[0].name = "sleeper";
  config.track_processes[0].path = "/bin/sleep";
  config.track_processes[0].parameters = {"617.25"};
  config.instances[0].track_processes.push_back({.index = 0, .weight = {}});
  lib::event::Loop loop;
  Recorder sink;
  Trackers trackers{loop, config, sink};
  trackers.start(nullptr);
  CHECK(trackers.table.effect_on(0).faults == 1);
  lib::event::ChildOptions options;
  options.dies_with_us = true;
  const auto child = lib::event::start_child({"/bin/sleep", "617.25"}, std::move(options));
  REQUIRE(child);
  run_until(loop, [&] { return trackers.table.effect_on(0).faults == 0; });
  CHECK(trackers.processes.count(0) == 1);
  CHECK(sink.lines.back() == "Quorum gained for tracked process sleeper");
  ::kill(*child, SIGKILL);
  ::waitpid(*child, nullptr, 0);
  run_until(loop, [&] { return trackers.table.effect_on(0).faults == 1; });
  CHECK(sink.lines.back() == "Quorum lost for tracked process sleeper");
}
