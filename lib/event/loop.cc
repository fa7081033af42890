#include "lib/event/loop.h"

#include <ev.h>

#include <algorithm>

namespace lib::event {

struct Loop::Internals {
  ev_async wake{};
  ev_prepare round_end{};
  ev_timer patience{};
  std::mutex mutex;
  std::vector<std::function<void()>> posted;  // guarded by mutex
  std::vector<std::function<void()>> at_round_end;
  std::atomic<std::uint64_t> late_timers{0};
  std::atomic<std::uint64_t> idle_us{0};
  Instant now{};
  Instant poll_began{};
};

namespace {

// libev counts in seconds as a double since the epoch or boot; we in microseconds of steady_clock. Both are read when the
// loop wakes, so that they agree.
void refresh(Instant& now) { now = lib::base::monotonic_now(); }

}  // namespace

Loop::Loop() : loop_{ev_loop_new(EVFLAG_AUTO | EVFLAG_NOENV | EVFLAG_NOSIGMASK)}, internals_{std::make_unique<Internals>()} {
  ev_set_userdata(loop_, this);
  refresh(internals_->now);
  ev_async_init(&internals_->wake, [](struct ev_loop* native, ev_async*, int) {
    Loop& loop = *static_cast<Loop*>(ev_userdata(native));
    std::vector<std::function<void()>> work;
    {
      const std::lock_guard lock{loop.internals_->mutex};
      work.swap(loop.internals_->posted);
    }
    for (auto& each : work) each();
  });
  ev_async_start(loop_, &internals_->wake);
  ev_prepare_init(&internals_->round_end, [](struct ev_loop* native, ev_prepare*, int) {
    for (auto& each : static_cast<Loop*>(ev_userdata(native))->internals_->at_round_end) each();
  });
  ev_prepare_start(loop_, &internals_->round_end);
  // Runs right after every poll, before any callback: keeps our idea of now beside libev's.
  ev_set_loop_release_cb(
      loop_,
      [](struct ev_loop* native) noexcept {
        refresh(static_cast<Loop*>(ev_userdata(native))->internals_->poll_began);
      },
      [](struct ev_loop* native) noexcept {
        Internals& internals = *static_cast<Loop*>(ev_userdata(native))->internals_;
        refresh(internals.now);
        const auto waited = static_cast<std::uint64_t>((internals.now - internals.poll_began).count());
        internals.idle_us.store(internals.idle_us.load(std::memory_order_relaxed) + waited, std::memory_order_relaxed);
      });
}

Loop::~Loop() {
  // What was posted and never run is dropped with its captures.
  ev_async_stop(loop_, &internals_->wake);
  ev_prepare_stop(loop_, &internals_->round_end);
  ev_loop_destroy(loop_);
}

Instant Loop::now() const { return internals_->now; }

void Loop::refresh_now() {
  ev_now_update(loop_);
  refresh(internals_->now);
}

void Loop::run() { ev_run(loop_, 0); }

void Loop::run_once(Duration patience) {
  ev_timer& timer = internals_->patience;
  ev_timer_init(&timer, [](struct ev_loop*, ev_timer*, int) {}, std::chrono::duration<double>(patience).count(), 0.);
  if (patience.count() > 0) ev_timer_start(loop_, &timer);
  ev_run(loop_, patience.count() > 0 ? EVRUN_ONCE : EVRUN_NOWAIT);
  ev_timer_stop(loop_, &timer);
}

void Loop::stop() { ev_break(loop_, EVBREAK_ALL); }

void Loop::post(std::function<void()> work) {
  {
    const std::lock_guard lock{internals_->mutex};
    internals_->posted.push_back(std::move(work));
  }
  ev_async_send(loop_, &internals_->wake);
}

void Loop::at_round_end(std::function<void()> work) { internals_->at_round_end.push_back(std::move(work)); }

std::uint64_t Loop::idle_us() const { return internals_->idle_us.load(std::memory_order_relaxed); }

std::uint64_t Loop::late_timers() const { return internals_->late_timers.load(std::memory_order_relaxed); }

void Loop::count_late_timer() { internals_->late_timers.fetch_add(1, std::memory_order_relaxed); }

// ---- TaskGroup

/// Drives one spawned task: removes itself from its group when the task ends.
struct TaskGroup::Runner {
  struct promise_type {
    Member member;
    Runner get_return_object() { return Runner{std::coroutine_handle<promise_type>::from_promise(*this)}; }
    std::suspend_always initial_suspend() const noexcept { return {}; }
    std::suspend_never final_suspend() noexcept {
      if (member.group != nullptr) --member.group->size_;  // the frame goes away now, and the hook with it
      return {};
    }
    void return_void() const noexcept {}
    [[noreturn]] void unhandled_exception() const noexcept { std::terminate(); }
    static void* operator new(std::size_t size) { return allocate_frame(size); }
    static void operator delete(void* frame, std::size_t size) { release_frame(frame, size); }
  };
  std::coroutine_handle<promise_type> handle;

  static Runner drive(Task<void> task) { co_await task; }
};

void TaskGroup::spawn(Task<void> task) {
  const Runner runner = Runner::drive(std::move(task));
  Member& member = runner.handle.promise().member;
  member.handle = runner.handle;
  member.group = this;
  members_.push_back(member);
  ++size_;
  runner.handle.resume();
}

void TaskGroup::cancel_all() {
  while (!members_.empty()) {
    Member& member = members_.front();
    member.unlink();
    --size_;
    member.handle.destroy();
  }
}

// ---- signals

struct SignalWatcher::Internals {
  struct ev_loop* loop = nullptr;
  ev_signal watcher{};
  std::function<void()> on_signal;
};

SignalWatcher::SignalWatcher(Loop& loop, int signal_number, std::function<void()> on_signal)
    : internals_{std::make_unique<Internals>()} {
  internals_->loop = loop.native();
  internals_->on_signal = std::move(on_signal);
  ev_signal_init(
      &internals_->watcher,
      [](struct ev_loop*, ev_signal* watcher, int) { static_cast<Internals*>(watcher->data)->on_signal(); },
      signal_number);
  internals_->watcher.data = internals_.get();
  ev_signal_start(internals_->loop, &internals_->watcher);
}

SignalWatcher::~SignalWatcher() { ev_signal_stop(internals_->loop, &internals_->watcher); }

}  // namespace lib::event
