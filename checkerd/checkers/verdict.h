// What one run of a check means (checker-behaviour "Scheduling of checks"): the verdict, and when to run again. Pure.
#pragma once

#include <cstddef>

#include "lib/base/time.h"
#include "parsers/keepalived/checker.h"

namespace checkerd::checkers {

/// What follows a run.
struct Decision {
  bool is_news = false;           // the verdict is to be told and logged: it changed, or it is the first
  bool changed = false;           // it differs from the one before, or a check that began down failed for the first time
  bool retries = false;           // a failure that does not count yet
  bool url_passed = false;        // HTTP: this page was good, and more are to come
  unsigned retries_done = 0;      // of a failure: the extra attempts that were made before it
  lib::base::Duration pause{0};   // until the next run
};

class Verdict {
 public:
  explicit Verdict(const parsers::keepalived::Checker& conf);
  Decision on_run(const parsers::keepalived::Checker& conf, bool passed);
  bool is_up() const { return is_up_; }
  bool has_run() const { return has_run_; }
  unsigned failures() const { return failures_; }  // in a row
  /// HTTP_GET, SSL_GET: the page to ask for next.
  std::size_t url() const { return url_; }

 private:
  Decision on_pass(const parsers::keepalived::Checker& conf);
  Decision on_failure(const parsers::keepalived::Checker& conf);
  bool is_up_;
  bool has_run_ = false;
  bool restarts_ = false;   // down since a page after the first failed: once it passes, all are asked for
  unsigned tries_;          // failures that retry forgave
  unsigned failures_ = 0;
  std::size_t url_ = 0;
};

}  // namespace checkerd::checkers
