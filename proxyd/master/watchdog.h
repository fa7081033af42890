// When the service manager is told that we live: what the current worker says of itself decides. Pure.
#pragma once

#include <sys/types.h>

#include <utility>

namespace proxyd::master {

class Watchdog {
 public:
  struct Step {
    bool pings = false;  // tell the manager at once
    pid_t asks = 0;      // else ask this worker; 0: it still owes its answer
    bool operator==(const Step&) const = default;
  };
  /// Half an interval has passed. `current`: the worker that serves; 0: there is none to judge by (between two, or on the way to the end),
  /// so that our own life is enough. A worker that was asked is not asked again: one that stands still must not be flooded.
  Step on_time(pid_t current) {
    if (current == 0) {
      asked_ = 0;
      return {.pings = true};
    }
    return {.asks = std::exchange(asked_, current) == current ? 0 : current};
  }
  /// A worker says that all its threads turn. True: tell the manager. One that is on its way out says nothing about what serves now.
  bool on_alive(pid_t worker) {
    if (worker != asked_) return false;
    asked_ = 0;
    return true;
  }

 private:
  pid_t asked_ = 0;  // who owes an answer
};

}  // namespace proxyd::master
