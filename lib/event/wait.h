// What a coroutine can wait for: a descriptor, two descriptors, a moment, a notification. Every wait has a deadline.
#pragma once

#include <ev.h>

#include <coroutine>
#include <cstdint>

#include "lib/base/unique_fd.h"
#include "lib/event/loop.h"

namespace lib::event {

inline constexpr unsigned kRead = EV_READ;
inline constexpr unsigned kWrite = EV_WRITE;
inline constexpr unsigned kHangUp = 4;  // see Descriptor::hang_up(); none of libev's bits

class Descriptor;

/// Why a wait ended. `first` and `second` are the events (kRead, kWrite, kHangUp) of the descriptors waited for.
struct Wake {
  std::uint8_t first = 0;
  std::uint8_t second = 0;
  bool notified = false;
  bool timed_out() const { return first == 0 && second == 0 && !notified; }
};

/// Where one conversation sleeps: at most one wait at a time. Its timer is armed lazily: a deadline that moves further
/// away costs nothing until the old one passes.
class Waiter {
 public:
  explicit Waiter(Loop& loop);
  ~Waiter();
  Waiter(const Waiter&) = delete;
  Waiter& operator=(const Waiter&) = delete;

  Loop& loop() { return loop_; }
  Instant now() const { return loop_.now(); }

  class [[nodiscard]] Wait {
   public:
    bool await_ready() const noexcept { return waiter_.notified_ || is_there(); }
    void await_suspend(std::coroutine_handle<> sleeper) noexcept;
    Wake await_resume() const noexcept { return waiter_.take_result(); }

   private:
    friend class Waiter;
    Wait(Waiter& waiter, Instant deadline, Descriptor* first, unsigned first_events, Descriptor* second,
         unsigned second_events)
        : waiter_{waiter}, deadline_{deadline}, first_{first}, second_{second},
          first_events_{static_cast<std::uint8_t>(first_events)},
          second_events_{static_cast<std::uint8_t>(second_events)} {}
    bool is_there() const noexcept;
    Waiter& waiter_;
    Instant deadline_;
    Descriptor* first_;
    Descriptor* second_;
    std::uint8_t first_events_;
    std::uint8_t second_events_;
  };

  /// Until the descriptor is readable and/or writable, someone notifies, or the deadline.
  Wait ready(Descriptor& descriptor, unsigned events, Instant deadline) {
    return {*this, deadline, &descriptor, events, nullptr, 0};
  }
  /// Until either descriptor has one of its events (0: none of this one), a notification, or the deadline.
  Wait either(Descriptor& first, unsigned first_events, Descriptor& second, unsigned second_events,
              Instant deadline) {
    return {*this, deadline, &first, first_events, &second, second_events};
  }
  /// Until the moment, or a notification.
  Wait until(Instant moment) { return {*this, moment, nullptr, 0, nullptr, 0}; }

  /// Lets everything else that is ready run first: for long work.
  Wait yield() { return {*this, loop_.now(), nullptr, 0, nullptr, 0}; }

  /// The coroutine that slept here was cancelled, and this waiter outlives it: nobody is woken any more.
  void abandon();

  /// Ends the current wait, or the next one at once. From the loop's own thread only; the sleeper runs soon, not now.
  void notify();

 private:
  friend class Descriptor;
  void wake(Wake why);
  Wake take_result();
  void arm(Instant deadline);
  static void on_timer(struct ev_loop*, ev_timer* timer, int);

  Loop& loop_;
  std::coroutine_handle<> sleeper_;
  Descriptor* first_ = nullptr;
  Descriptor* second_ = nullptr;
  Instant deadline_ = kNever;
  Instant armed_for_ = kNever;
  ev_timer timer_{};
  Wake result_;
  bool notified_ = false;  // a notification came while nobody waited
};

/// A non-blocking descriptor with one persistent, level-triggered watcher. Closes it when destroyed.
class Descriptor {
 public:
  Descriptor() = default;
  Descriptor(Loop& loop, lib::base::UniqueFd fd);
  ~Descriptor();
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;

  int fd() const { return fd_.get(); }
  Instant now() const { return loop_->now(); }
  bool is_open() const { return static_cast<bool>(fd_); }
  /// Takes over an open descriptor; this one must be closed.
  void open(Loop& loop, lib::base::UniqueFd fd);
  void close();
  /// Opens it without a socket: only what is standing happens.
  void open_virtual(Loop& loop);
  /// Events that are there whatever the kernel says: for what holds bytes above a socket, or has no socket of its own. Whoever
  /// waits for one of them goes on at once; whoever waits already, soon.
  void set_standing(unsigned events);
  unsigned standing() const { return standing_; }
  /// The other side is gone for good, whatever of it is still unread: who waits here is woken once, whatever for.
  void hang_up();
  bool has_hung_up() const { return has_hung_up_; }
  /// Stops watching and gives the descriptor away.
  lib::base::UniqueFd release();

  /// Called when something happens while nobody waits here (an idle connection that its peer closed). It may destroy the
  /// descriptor. Null: such events are ignored until somebody waits again.
  using IdleHandler = void (*)(Descriptor& descriptor, void* context) noexcept;
  void when_idle(IdleHandler handler, void* context);

  /// Whose turn comes first where several are ready in one round: -2 (last) to 2 (first), 0 by default.
  void set_priority(int priority);
  int priority() const { return ev_priority(&io_); }

 private:
  friend class Waiter;
  void watch(unsigned events);
  static void on_event(struct ev_loop*, ev_io* io, int events);

  Loop* loop_ = nullptr;
  Waiter* waiter_ = nullptr;
  IdleHandler idle_handler_ = nullptr;
  void* idle_context_ = nullptr;
  ev_io io_{};
  lib::base::UniqueFd fd_;
  std::uint8_t standing_ = 0;
  bool is_virtual_ = false, has_hung_up_ = false;
  std::uint8_t wanted_ = 0;  // what the present wait waits for; what is armed may be more (io_.events)
};

/// Work that runs once everything that is ready now has run, however often it is asked for meanwhile; before the loop sleeps.
class Deferred {
 public:
  using Work = void (*)(void* context) noexcept;
  Deferred(Loop& loop, Work work, void* context);
  ~Deferred();
  Deferred(const Deferred&) = delete;
  Deferred& operator=(const Deferred&) = delete;
  void request();

 private:
  Loop& loop_;
  Work work_;
  void* context_;
  ev_timer carrier_{};  // never started: it only carries the event
};

inline bool Waiter::Wait::is_there() const noexcept {
  const unsigned first = first_ != nullptr ? first_events_ & first_->standing_ : 0U;
  const unsigned second = second_ != nullptr ? second_events_ & second_->standing_ : 0U;
  if ((first | second) == 0) return false;
  waiter_.result_ = Wake{.first = static_cast<std::uint8_t>(first), .second = static_cast<std::uint8_t>(second)};
  return true;
}

}  // namespace lib::event
