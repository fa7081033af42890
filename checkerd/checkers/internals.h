// What the checks are made of inside: probes that run, and the servers that they serve. Only for this folder.
#pragma once

#include <queue>
#include <string>
#include <unordered_map>
#include <vector>

#include "checkerd/checkers/checkers.h"
#include "checkerd/checkers/history.h"
#include "checkerd/checkers/ping_range.h"
#include "checkerd/checkers/verdict.h"
#include "keepalived/watch_files.h"
#include "checkerd/checkers/words.h"
#include "lib/event/child.h"
#include "lib/event/wait.h"
#include "lib/probe/body_pattern.h"
#include "lib/tls/client.h"

namespace checkerd::checkers {

using lib::base::Duration;
using lib::base::Instant;
using lib::base::WallTime;
using lib::event::Task;
using parsers::keepalived::Checker;
using parsers::keepalived::KeepalivedConfig;

/// A server that a probe serves.
struct Subscriber {
  CheckerId id;
  std::int64_t addition = 0;   // to its weight, as last told
  bool is_enabled = true;
  bool up = true;              // as last told
  bool has_heard = false;
};

/// A check that runs, for one server or for many that would ask the same.
struct Probe {
  explicit Probe(const Checker& checker) : conf{&checker}, verdict{checker} {}
  const Checker* conf;         // in the present configuration: changed by a reload for an equal one
  Verdict verdict;
  std::vector<Subscriber> subscribers;
  std::vector<std::shared_ptr<const lib::probe::BodyPattern>> patterns;  // of the urls; empty: none has one
  History history;
  Instant next = lib::base::kNever;  // kNever while it runs
  pid_t child = 0;             // MISC_CHECK: the script that runs
  bool is_running = false;
  bool could_not_begin = false;
  lib::event::TaskGroup task;  // the run; ends with the probe
  bool is_enabled() const;
};

/// FILE_CHECK and BFD_CHECK: others say how it stands.
struct Watched {
  CheckerId id;
  std::size_t index = 0;       // into track_files or bfds
  bool is_file = false;
  bool is_enabled = true, up = true, has_heard = false;
  std::int64_t addition = 0;
  std::optional<int> latest;   // what was said, also while disabled: the file's number, or whether the session is up
};

struct Checkers::Internals final : keepalived::FileListener {
  Internals(lib::event::Loop& its_loop, const KeepalivedConfig& its_config, Listener& its_listener, Settings its_settings);
  ~Internals() override;

  // ---- registry.cc: from the configuration to probes
  struct Former;
  void build(Former* former, const std::vector<std::pair<CheckerId, CheckerId>>& was);
  void add_probe(const Checker& checker, const CheckerId& id, Former* former, const CheckerId* was);
  void add_watched(const Checker& checker, const CheckerId& id, Former* former, const CheckerId* was);
  void prepare(Probe& probe);
  void prepare_host();
  void watch_files(bool is_fresh);
  std::shared_ptr<const lib::probe::BodyPattern> pattern_of(const parsers::keepalived::BodyRegex& regex, const CheckerId& id);
  const Checker& conf_of(const CheckerId& id) const;
  Names names_of(const CheckerId& id) const;
  void log_activity(const CheckerId& id, const char* what);

  // ---- runs.cc: schedule, runs, and what follows
  void schedule(Probe& probe, Instant when);
  void schedule_first(Probe& probe);
  void fill_queue();
  Task<void> dispatch();
  void begin(Probe& probe, Instant now);
  Task<void> run_probe(Probe& probe);
  Task<void> run_script(Probe& probe);
  Task<void> reap(pid_t child);
  void finish(Probe& probe, WallTime when, const lib::probe::Report& report);
  void finish_script(Probe& probe, WallTime when, Instant began, const lib::event::ChildExit& end);
  void not_begun(Probe& probe, WallTime when, const std::string& line, const std::string& detail);
  void tell(Probe& probe, const Decision& decision, const lib::probe::Report& report, bool was_first);
  void tell_weight(Subscriber& subscriber, std::int64_t addition);
  bool tell_verdict(Subscriber& subscriber, const Decision& decision, bool up);
  void set_enabled(Subscriber& subscriber, bool enabled);
  std::uint64_t random();

  // ---- watched.cc: track files and BFD sessions
  void on_file(std::size_t file, int value) override;
  void on_file_trouble(std::string line) override;
  void on_bfd(std::size_t bfd, bool up);
  void hear_file(Watched& each, int value);
  void hear_bfd(Watched& each, bool up);
  void set_enabled(Watched& each, bool enabled);

  /// Where a checker of the configuration is served: a number into probes, or into watched.
  struct Slot {
    Probe* probe = nullptr;
    std::size_t watched = 0;
  };
  const Slot& slot(const CheckerId& id) const { return slots[id.virtual_server][id.server][id.checker]; }
  Subscriber* subscriber(const CheckerId& id);

  lib::event::Loop& loop;
  const KeepalivedConfig* config;
  Listener& listener;
  Settings settings;
  std::uint64_t random_state = 0;
  bool is_started = false;

  std::vector<std::unique_ptr<Probe>> probes;
  std::unordered_multimap<std::size_t, Probe*> by_hash;    // to find an equal one
  std::vector<Watched> watched;
  std::vector<std::vector<std::vector<Slot>>> slots;       // as the configuration
  std::unordered_map<std::string, std::weak_ptr<const lib::probe::BodyPattern>> patterns;
  std::shared_ptr<const lib::tls::ClientContext> tls;
  std::unique_ptr<keepalived::WatchFiles> files;
  PingRange ping_range;
  Phrases phrases;

  struct Due {
    Instant when;
    Probe* probe;
    bool operator>(const Due& other) const { return when > other.when; }
  };
  std::priority_queue<Due, std::vector<Due>, std::greater<>> queue;  // each probe that does not run, once
  lib::event::Waiter dispatcher;
  Instant dispatcher_wakes = lib::base::kNever;
  std::size_t running = 0;
  std::uint64_t runs = 0;
  Duration worst_delay{0};
  std::uint16_t run_number = 0;
  lib::event::TaskGroup tasks;   // the dispatcher, scripts whose check is gone
};

}  // namespace checkerd::checkers
