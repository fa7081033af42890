// The health checks at work: each runs on its schedule, and says when its verdict changes (checker-behaviour "Scheduling of
// checks", "Checkers"). Identical checks of several servers run once.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "checkerd/core/pool.h"
#include "lib/event/loop.h"
#include "parsers/keepalived/config.h"

namespace checkerd::checkers {

/// Which checker of the configuration.
struct CheckerId {
  std::size_t virtual_server = 0, server = 0, checker = 0;
  bool operator==(const CheckerId&) const = default;
};

class Listener {
 public:
  virtual ~Listener() = default;
  virtual void on_verdict(const CheckerId& id, bool up) = 0;
  virtual void on_weight(const CheckerId& id, std::int64_t addition) = 0;
  /// `mail`: the body of the alert that goes with a change of verdict, or empty.
  virtual void on_mail(const CheckerId& id, bool up, std::string_view body) = 0;
  virtual void on_log(Level level, std::string_view line) = 0;
};

/// One run, for `show checks`.
struct RunRecord {
  lib::base::WallTime when{};
  lib::base::Duration took{0};
  bool passed = false;
  std::string detail;             // "HTTP status 503", "Connection refused"; empty when it passed
};

struct CheckStatus {
  bool up = false, is_enabled = true, is_running = false, has_run = false;
  unsigned failures = 0;          // in a row
  std::size_t shared_with = 0;    // other servers' identical checks that this run serves
  lib::base::Instant next = lib::base::kNever;
  std::deque<RunRecord> history;  // the newest last, at most 10
};

class Checkers {
 public:
  /// `config` is kept by the owner until use() gave another one.
  Checkers(lib::event::Loop& loop, const parsers::keepalived::KeepalivedConfig& config, Listener& listener);
  ~Checkers();
  Checkers(const Checkers&) = delete;
  Checkers& operator=(const Checkers&) = delete;

  void start();
  /// A reload: checkers that are equal to one before, of the same server, go on with their state. `was` finds the former id.
  void use(const parsers::keepalived::KeepalivedConfig& config, const std::vector<std::pair<CheckerId, CheckerId>>& was);
  /// Disabled ones keep their verdict and run nothing (ha_suspend, `disable checks`).
  void set_enabled(std::size_t virtual_server, bool enabled);
  CheckStatus status(const CheckerId& id) const;
  /// A BFD session changed; BFD sessions are run by their own room.
  void on_bfd(std::size_t bfd, bool up);

 private:
  struct Internals;
  std::unique_ptr<Internals> internals_;
};

}  // namespace checkerd::checkers
