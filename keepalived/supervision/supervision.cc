#include "keepalived/supervision/supervision.h"

#include <fmt/format.h>
#include <signal.h>
#include <string.h>

#include <algorithm>
#include <utility>

namespace keepalived::supervision {
namespace {

// A child that ends in time gives back its addresses. It knows the same limit, so it gets a moment more before it is killed.
constexpr Duration kGrace{1'000'000};
constexpr Duration kAfterKill{2'000'000};
constexpr int kFatal = 1, kConfig = 2, kMissingPermission = 4;

/// Exit codes that another start would not change; empty: not one of them.
std::string_view permanent_error(int code) {
  switch (code) {
    case kFatal: return "FATAL";
    case kConfig: return "CONFIG";
    case kMissingPermission: return "missing permission";
    default: return {};
  }
}

std::string_view name_at_stop(Part part) { return part == Part::Vrrp ? "vrrp" : "checker"; }

std::string how_it_died(long pid, Exit exit) {
  if (exit.signal == SIGSEGV) return fmt::format("pid {} exited due to segmentation fault (SIGSEGV).", pid);
  const bool is_over_limit = exit.signal == SIGKILL || exit.signal == SIGXCPU;
  return fmt::format("pid {} exited due to signal {} ({}){}", pid, exit.signal, ::strsignal(exit.signal), is_over_limit ? " - has rlimit_rttime been exceeded?" : "");
}

void say(Actions& out, std::string text, Level level = Level::Always) { out.emplace_back(Say{level, std::move(text)}); }
void tell(Actions& out, Tell::What what, int code = 0) { out.emplace_back(Tell{what, code}); }

}  // namespace

std::string_view name_of(Part part) { return part == Part::Vrrp ? "VRRP" : "Healthcheck"; }

void Supervision::begin(Wanted wanted, Actions& out) {
  for (const Part part : kParts) {
    if (!wanted.has(part)) continue;
    child(part).state = Child::State::Starting;
    out.emplace_back(Start{part});
  }
  if (wanted.any()) return;
  say(out, "Warning - keepalived has no configuration to run");
  tell(out, Tell::What::Ready);
  out.emplace_back(LetGo{});
}

void Supervision::on_started(Part part, long pid, Instant now, Actions& out) {
  Child& it = child(part);
  it.state = Child::State::Starting;
  it.pid = pid;
  it.since = now;
  it.due = it.silent_at = kNever;
  say(out, fmt::format("Starting {} child process, pid={}", name_of(part), pid));
}

void Supervision::on_not_started(Part part, std::string_view why, Instant now, Actions& out) {
  say(out, fmt::format("Unable to start {} process: {}", name_of(part), why), Level::Alert);
  // At the first start somebody is there to see to it. Later a package may just be on its way to a new version.
  if (!is_complete_) return leave(kFatal, now, out);
  child(part).since = now;
  die(part, now, out);
}

void Supervision::on_alive(Part part, Instant now) {
  Child& it = child(part);
  if (it.state != Child::State::Ready || settings_.watchdog == settings_.watchdog.zero()) return;
  it.silent_at = now + settings_.watchdog;
  it.is_doubted = false;
}

void Supervision::on_ready(Part part, Instant now, Actions& out) {
  Child& it = child(part);
  if (it.state != Child::State::Starting) return;
  it.state = Child::State::Ready;
  on_alive(part, now);
  settle(out);
}

void Supervision::on_reloaded(Part part, bool taken, Actions& out) {
  Child& it = child(part);
  if (!it.owes_answer) return;  // somebody asked it directly
  it.owes_answer = false;
  is_refused_ = is_refused_ || !taken;
  settle(out);
}

void Supervision::on_exit(Part part, Exit exit, Instant now, Actions& out) {
  Child& it = child(part);
  if (!it.runs()) return;
  const long pid = std::exchange(it.pid, 0);
  if (is_leaving_) {
    it.state = Child::State::Off;
    return finish_if_alone(out);
  }
  if (exit.signal == 0 && !permanent_error(exit.code).empty()) {
    it.state = Child::State::Off;
    say(out, fmt::format("pid {} exited with permanent error {}. Terminating", pid, permanent_error(exit.code)));
    tell(out, Tell::What::Failed, exit.code);
    return leave(exit.code, now, out);
  }
  if (exit.signal != 0) say(out, how_it_died(pid, exit), Level::Alert);
  else if (exit.code != 0) say(out, fmt::format("pid {} exited with status {}", pid, exit.code), Level::Alert);
  say(out, fmt::format("{} child process({}) died: {}", name_of(part), pid, settings_.respawns ? "Respawning" : "Exiting"), Level::Alert);
  if (!settings_.respawns) {
    it.state = Child::State::Off;
    return on_stop(now, out);
  }
  say(out, fmt::format("  Please report it at {}, with the configuration and the log around this time", settings_.bugs_url));
  die(part, now, out);
}

/// It is started again, later.
void Supervision::die(Part part, Instant now, Actions& out) {
  Child& it = child(part);
  const Duration delay = it.respawn.delay_after(now - it.since);
  it.state = Child::State::Waiting;
  it.owes_answer = false;  // it will read the new file when it starts
  it.due = now + delay;
  say(out, fmt::format("Restart of {} process delayed {} seconds to limit respawn rate", name_of(part), lib::base::to_ms(delay) / 1000));
  if (part == Part::Vrrp && delay > delay.zero()) out.emplace_back(TakeCare{});
  if (!is_complete_) out.emplace_back(LetGo{});
  settle(out);
}

bool Supervision::is_busy() const {
  return std::any_of(children_.begin(), children_.end(), [](const Child& each) { return each.state == Child::State::Starting || each.owes_answer; });
}

/// Nobody is at something any more: a start or a reload is complete.
void Supervision::settle(Actions& out) {
  if (is_leaving_ || is_busy()) return;
  const bool is_waited_for = std::any_of(children_.begin(), children_.end(), [](const Child& each) { return each.state == Child::State::Waiting; });
  const bool are_there = std::any_of(children_.begin(), children_.end(), [](const Child& each) { return each.runs(); });
  const bool is_first = !is_complete_ && are_there && !is_waited_for;
  if (is_first) {
    is_complete_ = true;
    say(out, "Startup complete");
    out.emplace_back(LetGo{});
  }
  if (is_reloading_ && !is_first) say(out, is_refused_ ? "Reload was not taken by all processes" : "Reload complete");
  if (is_first || is_reloading_) tell(out, Tell::What::Ready);
  is_reloading_ = is_refused_ = false;
  if (std::exchange(is_asked_again_, false)) out.emplace_back(ReadAgain{});
}

bool Supervision::wants_reload(Actions& out) {
  if (is_leaving_) return false;
  is_asked_again_ = is_busy();
  if (is_asked_again_) return false;
  say(out, "Reloading ...");
  tell(out, Tell::What::Reloading);
  return true;
}

void Supervision::reload(Wanted wanted, Duration child_wait, Actions& out) {
  settings_.child_wait = child_wait;
  is_reloading_ = true;
  for (const Part part : kParts) {
    Child& it = child(part);
    if (it.state == Child::State::Ready) {
      it.owes_answer = true;
      out.emplace_back(Signal{part, SIGHUP});
    } else if (it.state == Child::State::Off && wanted.has(part)) {
      it.state = Child::State::Starting;  // until the owner has done so: the reload is not complete before
      out.emplace_back(Start{part});
    }
  }
  settle(out);
}

void Supervision::keep(std::string_view why, Actions& out) {
  say(out, fmt::format("Reload refused, the running configuration stays: {}", why));
  tell(out, Tell::What::Ready);
}

void Supervision::on_stop(Instant now, Actions& out) {
  if (is_leaving_) return;
  say(out, "Stopping");
  tell(out, Tell::What::Stopping);
  leave(0, now, out);
}

void Supervision::leave(int code, Instant now, Actions& out) {
  is_leaving_ = true;
  exit_code_ = code;
  for (const Part part : kParts) {
    Child& it = child(part);
    it.owes_answer = false;
    if (it.runs() && it.pid != 0) out.emplace_back(Signal{part, SIGTERM});
    else it.state = Child::State::Off;
  }
  kill_at_ = now + settings_.child_wait + kGrace;
  finish_if_alone(out);
}

void Supervision::finish_if_alone(Actions& out) {
  if (is_finished_ || std::any_of(children_.begin(), children_.end(), [](const Child& each) { return each.runs(); })) return;
  is_finished_ = true;
  out.emplace_back(Finish{exit_code_});
}

/// It said nothing for as long as it may. The second time it is killed, and started again as after any death.
void Supervision::doubt(Part part, Instant now, Actions& out) {
  Child& it = child(part);
  it.silent_at = it.is_doubted ? kNever : now + settings_.watchdog / 2;
  if (!std::exchange(it.is_doubted, true)) return;
  say(out, fmt::format("{} child process({}) gives no sign of life - killing it", name_of(part), it.pid), Level::Alert);
  out.emplace_back(Signal{part, SIGKILL});
}

void Supervision::on_time(Instant now, Actions& out) {
  if (is_leaving_) {
    if (now >= give_up_at_ && !std::exchange(is_finished_, true)) out.emplace_back(Finish{exit_code_});  // the kernel holds it: not our turn to wait
    if (now < kill_at_) return;
    kill_at_ = kNever;
    give_up_at_ = now + kAfterKill;
    for (const Part part : kParts) {
      if (!child(part).runs()) continue;
      say(out, fmt::format("{} process failed to die - forcing termination", name_at_stop(part)));
      out.emplace_back(Signal{part, SIGKILL});
    }
    return;
  }
  for (const Part part : kParts) {
    Child& it = child(part);
    if (it.state == Child::State::Ready && now >= it.silent_at) doubt(part, now, out);
    if (it.state != Child::State::Waiting || now < it.due) continue;
    it.state = Child::State::Starting;
    it.due = kNever;
    out.emplace_back(Start{part});
  }
}

Instant Supervision::next_time() const {
  if (is_finished_) return kNever;
  if (is_leaving_) return std::min(kill_at_, give_up_at_);
  Instant next = kNever;
  for (const Child& each : children_)
    next = std::min(next, each.state == Child::State::Waiting ? each.due : each.state == Child::State::Ready ? each.silent_at : kNever);
  return next;
}

std::optional<long> Supervision::pid_of(Part part) const {
  const Child& it = child(part);
  return it.runs() && it.pid != 0 ? std::optional{it.pid} : std::nullopt;
}

}  // namespace keepalived::supervision
