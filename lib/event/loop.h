// One libev loop a thread: runs coroutines when what they wait for has come. Only this folder knows libev.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <vector>

#include "lib/base/list.h"
#include "lib/base/time.h"
#include "lib/event/task.h"

struct ev_loop;

namespace lib::event {

using lib::base::Duration;
using lib::base::Instant;
using lib::base::kNever;

class Loop {
 public:
  Loop();
  ~Loop();
  Loop(const Loop&) = delete;
  Loop& operator=(const Loop&) = delete;

  /// The time when the loop last woke; cheap.
  Instant now() const;
  /// Call after long work: deadlines count from now().
  void refresh_now();
  /// Runs until stop(). Call from the one thread that owns the loop.
  void run();
  /// Handles what is ready, waiting at most `patience`; for tests and start-up.
  void run_once(Duration patience);
  void stop();
  /// Runs `work` on this loop's thread, soon. May be called from any thread.
  void post(std::function<void()> work);
  /// Runs `work` at the end of each round of events, before the loop sleeps. The owner must outlive the loop's run.
  void at_round_end(std::function<void()> work);
  /// Timers that fired more than 10 ms after they were due.
  std::uint64_t late_timers() const;
  /// Microseconds spent waiting in the kernel's poll, since the loop was made. May be read from any thread.
  std::uint64_t idle_us() const;
  void count_late_timer();

  struct ev_loop* native() { return loop_; }

 private:
  struct Internals;
  struct ev_loop* loop_;
  std::unique_ptr<Internals> internals_;
};

/// Owns running tasks; cancels what still runs when destroyed. Not thread-safe: belongs to one loop's thread.
class TaskGroup {
 public:
  TaskGroup() = default;
  TaskGroup(const TaskGroup&) = delete;
  TaskGroup& operator=(const TaskGroup&) = delete;
  ~TaskGroup() { cancel_all(); }
  /// Starts the task now; it runs to its first suspension before this returns.
  void spawn(Task<void> task);
  void cancel_all();
  std::size_t size() const { return size_; }
  bool empty() const { return size_ == 0; }

  struct Runner;  // the coroutine type that drives one task

 private:
  friend struct Runner;
  struct Member : lib::base::ListHook<TaskGroup> {
    std::coroutine_handle<> handle;
    TaskGroup* group = nullptr;
  };
  lib::base::List<Member, TaskGroup> members_;
  std::size_t size_ = 0;
};

/// A signal delivered on a loop. `on_signal` runs on the loop's thread.
class SignalWatcher {
 public:
  SignalWatcher(Loop& loop, int signal_number, std::function<void()> on_signal);
  ~SignalWatcher();
  SignalWatcher(const SignalWatcher&) = delete;
  SignalWatcher& operator=(const SignalWatcher&) = delete;

 private:
  struct Internals;
  std::unique_ptr<Internals> internals_;
};

}  // namespace lib::event
