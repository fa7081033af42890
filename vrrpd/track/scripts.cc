#include "vrrpd/track/scripts.h"

#include <fmt/format.h>
#include <signal.h>

#include <utility>

#include "lib/event/child.h"
#include "keepalived/launch.h"

namespace vrrpd::track {

using lib::base::Duration;
using lib::base::Instant;
using lib::event::ChildExit;
using lib::event::Task;
using parsers::keepalived::VrrpScript;

namespace {

/// Between asking a script that is late to end and killing it.
constexpr Duration kGrace{2'000'000};

}  // namespace

struct Scripts::Runner {
  Runner(lib::event::Loop& loop, const VrrpScript& conf, std::size_t which)
      : script{conf}, index{which}, waiter{loop}, state{conf.rise, conf.fall, conf.init_fail} {}
  const VrrpScript& script;
  std::size_t index;
  lib::event::Waiter waiter;
  ScriptState state;
  pid_t running = 0;
  int last_code = 0;  // exit status last logged
};

Scripts::Scripts(lib::event::Loop& loop, const parsers::keepalived::KeepalivedConfig& config, Table& table, Sink& sink)
    : loop_{loop}, config_{config}, table_{table}, sink_{sink} {
  for (std::size_t i = 0; i < config.scripts.size(); ++i)
    runners_.push_back(std::make_unique<Runner>(loop, config.scripts[i], i));
}

Scripts::~Scripts() {
  tasks_.cancel_all();
  signal_running(has_ended_ ? SIGKILL : SIGTERM);
}

void Scripts::end() {
  has_ended_ = true;
  tasks_.cancel_all();
  for (const auto& runner : runners_) runner->waiter.abandon();
  signal_running(SIGTERM);
}

/// Nobody has collected them: the numbers are theirs.
void Scripts::signal_running(int number) {
  for (const auto& runner : runners_)
    if (runner->running > 0) (void)::kill(-runner->running, number);  // gone already is as good
}

void Scripts::keep_results(const Scripts& before) {
  for (auto& runner : runners_) {
    for (const auto& old : before.runners_) {
      const bool same = old->script.name == runner->script.name && old->script.command == runner->script.command;
      if (!same || old->state.status() == Result::Pending) continue;
      runner->state.keep(old->state);
      sink_.on_log(Level::Always, fmt::format("VRRP_Script({}) considered {} on reload", runner->script.name,
                                              runner->state.status() == Result::Up ? "successful" : "unsuccessful"));
    }
  }
}

void Scripts::start() {
  for (auto& runner : runners_) {
    const std::size_t item = table_.script_item(runner->index);
    if (!table_.items()[item].has_users) continue;
    if (runner->state.status() != Result::Pending)
      for (const Effect& effect : table_.set_result(item, runner->state.status())) sink_.on_effect(effect);
    tasks_.spawn(run(*runner));
  }
}

ScriptStatus Scripts::status(std::size_t index) const {
  const Runner& runner = *runners_[index];
  return {.status = runner.state.status(), .counter = runner.state.counter(), .is_running = runner.running != 0};
}

void Scripts::report(Runner& runner, bool succeeded, const std::string& how) {
  const auto changed = runner.state.on_run(succeeded);
  if (!changed) return;
  sink_.on_log(Level::Always, fmt::format("VRRP_Script({}) {}", runner.script.name, how));
  for (const Effect& effect : table_.set_result(table_.script_item(runner.index), *changed)) sink_.on_effect(effect);
}

Task<void> Scripts::run_once(Runner& runner) {
  const VrrpScript& script = runner.script;
  const auto child = keepalived::start_script(script.command, {});
  if (!child) {
    sink_.on_log(Level::Always, fmt::format("VRRP_Script({}): {}", script.name, child.error().message));
    report(runner, false, "failed (not started)");
    co_return;
  }
  runner.running = *child;
  const Duration patience = script.timeout.count() > 0 ? script.timeout : script.interval;
  const Instant deadline = runner.waiter.now() + patience;
  const ChildExit end = co_await lib::event::child_end(runner.waiter, *child, deadline, kGrace);
  runner.running = 0;
  if (end.timed_out) {
    report(runner, false, "timed_out");
    co_return;
  }
  if (end.signal != 0) {
    report(runner, false, fmt::format("failed (due to signal {})", end.signal));
    co_return;
  }
  if (std::exchange(runner.last_code, end.code) != end.code)
    sink_.on_log(Level::Always, fmt::format("Script `{}` now returning {}", script.name, end.code));
  report(runner, end.code == 0, end.code == 0 ? "succeeded" : fmt::format("failed (exited with status {})", end.code));
}

Task<void> Scripts::run(Runner& runner) {
  Instant next = runner.waiter.now();
  while (true) {
    co_await run_once(runner);
    next += runner.script.interval;
    if (next < runner.waiter.now()) {
      sink_.on_log(Level::Always,
                   fmt::format("Track script {} is already running, expect idle - skipping run", runner.script.name));
      while (next < runner.waiter.now()) next += runner.script.interval;
    }
    co_await runner.waiter.until(next);
  }
}

}  // namespace vrrpd::track
