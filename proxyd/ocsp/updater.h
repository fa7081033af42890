// Keeps the responses about certificates' status fresh: asks each certificate's responder in time, and puts what it says in place.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "lib/base/result.h"
#include "lib/event/loop.h"
#include "lib/event/task.h"
#include "lib/event/wait.h"
#include "lib/probe/name_lookup.h"
#include "proxyd/certificates/library.h"
#include "proxyd/ocsp/fetch.h"
#include "proxyd/ocsp/schedule.h"
#include "proxyd/ocsp/settings.h"

namespace proxyd::ocsp {

/// What is known of one certificate's updates. Times are seconds of the wall clock.
struct Record {
  bool is_automatic = false;  // else it was only asked by hand
  bool can_be_asked = false;  // about the certificate that was seen
  bool is_running = false;
  std::int64_t next = 0;      // where it is automatic
  std::int64_t last = 0;      // the last success; 0: none
  std::uint64_t successes = 0, failures = 0;
  std::uint64_t failures_in_a_row = 0;
  Outcome outcome = Outcome::Unknown;
  const lib::tls::Certificate* seen = nullptr;  // compared only: whether somebody else changed it
};

/// Lives on one thread, that of the runtime API, which alone changes certificates.
class Updater {
 public:
  /// Takes whole log lines.
  using Log = std::function<void(std::string_view line)>;
  Updater(std::shared_ptr<certificates::Library> library, Settings settings, lib::event::Loop& loop, Log log);
  Updater(const Updater&) = delete;
  Updater& operator=(const Updater&) = delete;

  /// Begins to ask, now and for the rest of the run.
  void start();
  /// From now on it is about that library, of whose certificates none is to be kept fresh without being asked.
  void use(std::shared_ptr<certificates::Library> library) {
    library_ = std::move(library);
    look_again();
  }
  /// Certificates or what is wanted of them have changed.
  void look_again() {
    is_stale_ = true;
    waiter_.notify();
  }

  /// Asks now. On success the certificate's new response is in place; the error says why not. Nothing may end the updater meanwhile.
  lib::event::Task<lib::base::Status> update(std::string name);

  /// By the certificate's name.
  const std::map<std::string, Record>& records() const { return records_; }
  /// Of `show ssl ocsp-updates`: the header and a line each, by the time of the next update.
  std::string report() const;
  static std::string report_head();

 private:
  lib::event::Task<void> run();
  lib::event::Task<void> update_in_turn(std::string name);
  lib::event::Task<lib::base::Status> ask(std::string name, const lib::tls::Certificate& certificate, Record& record);
  void settle_records(std::int64_t now);
  lib::base::Instant start_due(std::int64_t now);
  lib::base::Status take(const std::string& name, const Fetched& fetched, Record& record);
  void note(const std::string& name, Record& record, const Fetched& fetched, const lib::base::Status& status);

  std::shared_ptr<certificates::Library> library_;
  const Settings settings_;
  lib::probe::NameSources sources_;
  Log log_;
  std::map<std::string, Record> records_;
  std::size_t running_ = 0;  // of those in turn
  bool is_stale_ = true;     // the records are
  lib::event::Waiter waiter_;
  lib::event::TaskGroup tasks_;  // last: its members use all of the above
};

}  // namespace proxyd::ocsp
