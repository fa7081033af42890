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
#include <utility>
#include <vector>

#include "checkerd/core/pool.h"
#include "checkerd/core/reload_plan.h"
#include "lib/event/loop.h"
#include "parsers/keepalived/config.h"

namespace checkerd::checkers {

/// Which checker of the configuration.
struct CheckerId {
  std::size_t virtual_server = 0, server = 0, checker = 0;
  bool operator==(const CheckerId&) const = default;
};

/// Must not destroy or reload the checkers from within a call.
class Listener {
 public:
  virtual ~Listener() = default;
  /// The first verdict, and each that differs from the one before.
  virtual void on_verdict(const CheckerId& id, bool up) = 0;
  /// Comes before the verdict of the same run.
  virtual void on_weight(const CheckerId& id, std::int64_t addition) = 0;
  /// `body`: of the mail that goes with a change of verdict, after on_verdict.
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

/// How well the schedule is kept.
struct Load {
  std::size_t checks = 0;         // that run; shared ones count once
  std::size_t running = 0;
  std::uint64_t runs = 0;         // since the start
  lib::base::Duration worst_delay{0};  // of a run behind its time, since the start
};

struct Settings {
  bool shares_checks = true;      // not with no_shared_checks
  lib::base::Duration first_delay{1'000'000};  // before the random part of warmup
  std::uint64_t seed = 0;         // of the random part; 0: from the kernel
};

class Checkers {
 public:
  /// `config` is kept by the owner until use() gave another one.
  Checkers(lib::event::Loop& loop, const parsers::keepalived::KeepalivedConfig& config, Listener& listener, Settings settings = {});
  ~Checkers();  ///< scripts that still run get SIGTERM; net.ipv4.ping_group_range is as it was
  Checkers(const Checkers&) = delete;
  Checkers& operator=(const Checkers&) = delete;

  /// Logs each check that is activated or suspended, and goes to work. The listener hears nothing else before this returns.
  void start();
  /// A reload: matched checkers go on with their state; those of track files are read anew, soon. Calls only on_log.
  void use(const parsers::keepalived::KeepalivedConfig& config, const ReloadPlan& plan, Settings settings = {});
  /// The same with pairs of an id in `config` and its former one.
  void use(const parsers::keepalived::KeepalivedConfig& config, const std::vector<std::pair<CheckerId, CheckerId>>& was, Settings settings = {});
  /// Disabled ones keep their verdict and run nothing (ha_suspend, `disable checks`). FILE_CHECK and BFD_CHECK, which run
  /// nothing, are not heard until they are enabled.
  void set_enabled(std::size_t virtual_server, bool enabled);
  void set_enabled(std::size_t virtual_server, std::size_t server, bool enabled);
  CheckStatus status(const CheckerId& id) const;
  Load load() const;
  /// A BFD session is up or down; BFD sessions are run by their own room. Call for all that are known after start() and use().
  void on_bfd(std::size_t bfd, bool up);

 private:
  struct Internals;
  std::unique_ptr<Internals> internals_;
};

}  // namespace checkerd::checkers
