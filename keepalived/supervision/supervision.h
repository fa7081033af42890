// What keepalived's parent process does: starts its children, starts them again, carries a reload through, ends
// (cli-and-signals, "Processes and pid files", "Signals"). Holds no process, clock or log: each event appends to `out`
// what the owner must do, in order.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "keepalived/level.h"
#include "keepalived/supervision/respawn.h"
#include "lib/base/time.h"

namespace keepalived::supervision {

using lib::base::Duration;
using lib::base::Instant;
using lib::base::kNever;

/// A child, in the order in which they are started.
enum class Part : std::uint8_t { Checkers, Vrrp };
inline constexpr std::array kParts{Part::Checkers, Part::Vrrp};
/// "Healthcheck", "VRRP": as keepalived's log names it.
std::string_view name_of(Part part);

/// Which children are wanted.
struct Wanted {
  bool checkers = false, vrrp = false;
  bool has(Part part) const { return part == Part::Vrrp ? vrrp : checkers; }
  bool any() const { return checkers || vrrp; }
  bool operator==(const Wanted&) const = default;
};

/// How a child ended: by its exit code, or by a signal.
struct Exit {
  int code = 0;
  int signal = 0;
};

// Actions.
struct Start { Part part; };           // the answer is on_started() or on_not_started(), at once
struct Signal { Part part; int number; };
struct TakeCare {};                    // until the next start of VRRP somebody sees to what the dead one left in the kernel
struct Say { Level level; std::string text; };
/// To the service manager.
struct Tell {
  enum class What : std::uint8_t { Ready, Reloading, Stopping, Failed } what;
  int code = 0;                        // Failed: the exit code
};
struct LetGo {};                       // the launching process need not wait any longer
struct ReadAgain {};                   // a reload that had to wait: read the files, then reload() or keep()
struct Finish { int code; };           // all children are gone: end with this code
using Action = std::variant<Start, Signal, TakeCare, Say, Tell, LetGo, ReadAgain, Finish>;
using Actions = std::vector<Action>;

class Supervision {
 public:
  struct Settings {
    bool respawns = true;              // without -R
    Duration child_wait{5'000'000};    // how long a stop may take
    std::string bugs_url;              // where a crash is to be reported
    Duration watchdog{0};              // how long a child at work may say nothing before it is killed; 0: as long as it likes
  };
  explicit Supervision(Settings settings) : settings_{std::move(settings)} {}

  /// The first start.
  void begin(Wanted wanted, Actions& out);

  void on_started(Part part, long pid, Instant now, Actions& out);
  void on_not_started(Part part, std::string_view why, Instant now, Actions& out);
  void on_ready(Part part, Instant now, Actions& out);
  /// A sign of life: one is due twice in `watchdog`.
  void on_alive(Part part, Instant now);
  /// `taken`: it runs with the new file; else it goes on with the old one and has said why.
  void on_reloaded(Part part, bool taken, Actions& out);
  void on_exit(Part part, Exit exit, Instant now, Actions& out);
  void on_time(Instant now, Actions& out);
  void on_stop(Instant now, Actions& out);

  /// A reload is asked for. True: read the files, then call reload() or keep(). False: ReadAgain comes when it can be.
  bool wants_reload(Actions& out);
  /// The files are good: children that run read them, children that are missing are started. None is stopped.
  void reload(Wanted wanted, Duration child_wait, Actions& out);
  /// The files are not taken.
  void keep(std::string_view why, Actions& out);

  bool is_ready(Part part) const { return child(part).state == Child::State::Ready; }
  std::optional<long> pid_of(Part part) const;
  bool is_leaving() const { return is_leaving_; }
  /// When on_time() is to be called; kNever: not at all.
  Instant next_time() const;

 private:
  struct Child {
    enum class State : std::uint8_t { Off, Starting, Ready, Waiting } state = State::Off;
    long pid = 0;                      // Starting, Ready
    Instant since{};                   // Starting, Ready: its start
    Instant due = lib::base::kNever;   // Waiting: its next start
    bool owes_answer = false;          // to a reload
    Instant silent_at = kNever;        // Ready: when it has said nothing for too long
    bool is_doubted = false;           // it has once; but had we slept ourselves, its words would be waiting for us: half the time more
    Respawn respawn;
    bool runs() const { return state == State::Starting || state == State::Ready; }
  };
  Child& child(Part part) { return children_[static_cast<std::size_t>(part)]; }
  const Child& child(Part part) const { return children_[static_cast<std::size_t>(part)]; }
  bool is_busy() const;
  void settle(Actions& out);
  void leave(int code, Instant now, Actions& out);
  void finish_if_alone(Actions& out);
  void die(Part part, Instant now, Actions& out);
  void doubt(Part part, Instant now, Actions& out);

  Settings settings_;
  std::array<Child, kParts.size()> children_;
  bool is_complete_ = false;           // "Startup complete" was said
  bool is_reloading_ = false, is_refused_ = false, is_asked_again_ = false;
  bool is_leaving_ = false, is_finished_ = false;
  int exit_code_ = 0;
  Instant kill_at_ = lib::base::kNever, give_up_at_ = lib::base::kNever;
};

}  // namespace keepalived::supervision
