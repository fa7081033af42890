#include "proxyd/master/roster.h"

#include <fmt/format.h>
#include <signal.h>

#include <algorithm>
#include <cstring>
#include <utility>

namespace proxyd::master {
namespace {

std::string ending_text(Ending ending) {
  return fmt::format("exited with code {} ({})", ending.status(), ending.signal != 0 ? ::strsignal(ending.signal) : "Exit");
}

void say(Actions& out, Say::Level level, std::string text) { out.emplace_back(Say{level, std::move(text)}); }

Say::Level level_of(Ending ending) { return ending.status() == 0 ? Say::Level::Warning : Say::Level::Alert; }

}  // namespace

const Worker* Roster::current() const {
  return !workers_.empty() && workers_.back().is_current ? &workers_.back() : nullptr;
}

void Roster::on_launched(pid_t pid, lib::base::Instant now) { loading_ = Worker{.pid = pid, .since = now, .version = {}}; }

void Roster::on_launch_failed(const std::string& why, Actions& out) {
  say(out, Say::Level::Alert, why);
  end_failed_load(out);
}

void Roster::on_ready(pid_t pid, const WorkerSettings& settings, std::string version, Actions& out) {
  if (!loading_ || loading_->pid != pid || is_stopping_) return;
  settings_ = settings;
  for (Worker& old : workers_) {
    const bool was_current = std::exchange(old.is_current, false);
    if (old.reloads > settings.max_reloads || reload_ == Reload::Hard) out.emplace_back(Signal{old.pid, SIGTERM});
    else if (was_current) out.emplace_back(Signal{old.pid, SIGUSR1});
  }
  workers_.push_back(std::move(*loading_));
  loading_.reset();
  workers_.back().is_current = true;
  workers_.back().version = std::move(version);
  has_served_ = true;
  say(out, Say::Level::Notice, fmt::format("New worker ({}) forked", pid));
  end_good_load(out);
}

void Roster::on_taken_over(const WorkerSettings& settings, Actions& out) {
  if (!loading_ || is_stopping_ || current() == nullptr) return;
  settings_ = settings;
  loading_.reset();
  workers_.back().reloads = 0;
  end_good_load(out);
}

void Roster::end_good_load(Actions& out) {
  failed_ = 0;
  say(out, Say::Level::Notice, "Loading success.");
  out.emplace_back(TellManager{TellManager::What::Ready});
  out.emplace_back(AnswerReload{true});
  begin_next_reload(out);
}

void Roster::on_exit(pid_t pid, Ending ending, Actions& out) {
  if (loading_ && loading_->pid == pid) {
    loading_.reset();
    if (!has_served_ && !is_stopping_) {
      exit_code_ = ending.status() != 0 ? ending.status() : 1;  // it has said why
      out.emplace_back(Exit{exit_code_});
      return;
    }
    end_failed_load(out);
    return;
  }
  const auto found = std::find_if(workers_.begin(), workers_.end(), [pid](const Worker& each) { return each.pid == pid; });
  if (found == workers_.end()) return;
  const Worker gone = std::move(*found);
  workers_.erase(found);
  say(out, level_of(ending), fmt::format("{} worker ({}) {}", gone.is_current ? "Current" : "Former", pid, ending_text(ending)));
  if (gone.is_current) lose_current(gone, ending, out);
  conclude(out);
}

void Roster::lose_current(const Worker&, Ending ending, Actions& out) {
  const int status = ending.status();
  constexpr int kTerminated = 128 + SIGTERM;  // somebody wanted it so: no failure
  if (exit_code_ == 0 && status != kTerminated) exit_code_ = status;
  if (is_stopping_) return;
  out.emplace_back(DropSockets{});
  if (!settings_.exit_on_failure) {
    exit_code_ = 0;
    return;
  }
  if (status == 0 || status == kTerminated) return;
  say(out, Say::Level::Alert, "exit-on-failure: killing every processes with SIGTERM");
  is_stopping_ = true;
  out.emplace_back(TellManager{TellManager::What::Stopping});
  for (const Worker& each : workers_) out.emplace_back(Signal{each.pid, SIGTERM});
  if (loading_) out.emplace_back(Signal{loading_->pid, SIGTERM});
}

void Roster::on_reload(Reload reload, Actions& out) {
  if (is_stopping_) return;
  if (!loading_) begin_reload(reload, out);
  else if (next_reload_ != Reload::Hard) next_reload_ = reload;
}

void Roster::begin_next_reload(Actions& out) {
  if (const std::optional<Reload> next = std::exchange(next_reload_, std::nullopt)) begin_reload(*next, out);
}

void Roster::begin_reload(Reload reload, Actions& out) {
  reload_ = reload;
  ++reloads_;
  for (Worker& each : workers_) ++each.reloads;
  say(out, Say::Level::Notice, "Reloading " + program_);
  out.emplace_back(TellManager{TellManager::What::Reloading});
  out.emplace_back(Launch{});
}

void Roster::end_failed_load(Actions& out) {
  if (is_stopping_) return conclude(out);
  ++failed_;
  say(out, Say::Level::Warning, "Loading failure!");
  out.emplace_back(TellManager{TellManager::What::ReadyAfterFailure});
  out.emplace_back(AnswerReload{false});
  if (next_reload_) begin_next_reload(out);
  else conclude(out);  // the worker that should have stayed may have ended meanwhile
}

void Roster::on_stop(int signal_number, Actions& out) {
  if (!std::exchange(is_stopping_, true)) {
    say(out, Say::Level::Warning, "Exiting Master process...");
    out.emplace_back(TellManager{TellManager::What::Stopping});
    out.emplace_back(DropSockets{});
  }
  for (const Worker& each : workers_)
    if (signal_number != SIGUSR1 || each.is_current) out.emplace_back(Signal{each.pid, signal_number});
  if (loading_) out.emplace_back(Signal{loading_->pid, SIGTERM});  // it serves nobody yet
  conclude(out);
}

void Roster::conclude(Actions& out) {
  if (!workers_.empty() || loading_) return;
  if (!is_stopping_ && !settings_.exit_on_failure) return;  // waits for a reload
  say(out, Say::Level::Warning, fmt::format("All workers exited. Exiting... ({})", exit_code_));
  out.emplace_back(Exit{exit_code_});
}

}  // namespace proxyd::master
