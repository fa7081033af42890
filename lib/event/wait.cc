#include "lib/event/wait.h"

#include <algorithm>

namespace lib::event {
namespace {

constexpr int kNotification = EV_CUSTOM;
/// libev's clock and ours are read a moment apart: a timer that fires this much early is on time.
constexpr Duration kClockSkew{100};
constexpr Duration kLate{10'000};

}  // namespace

Waiter::Waiter(Loop& loop) : loop_{loop} {
  ev_timer_init(&timer_, &Waiter::on_timer, 0., 0.);
  timer_.data = this;
}

Waiter::~Waiter() {
  if (first_ != nullptr) first_->waiter_ = nullptr;
  if (second_ != nullptr) second_->waiter_ = nullptr;
  ev_timer_stop(loop_.native(), &timer_);  // also takes back a pending notification
}

void Waiter::abandon() {
  if (first_ != nullptr) first_->waiter_ = nullptr;
  if (second_ != nullptr) second_->waiter_ = nullptr;
  first_ = second_ = nullptr;
  sleeper_ = nullptr;
  notified_ = false;
  deadline_ = armed_for_ = kNever;
  ev_timer_stop(loop_.native(), &timer_);  // also takes back a pending notification
}

void Waiter::Wait::await_suspend(std::coroutine_handle<> sleeper) noexcept {
  Waiter& waiter = waiter_;
  waiter.sleeper_ = sleeper;
  waiter.deadline_ = deadline_;
  waiter.first_ = first_;
  waiter.second_ = second_;
  if (first_ != nullptr) {
    first_->waiter_ = &waiter;
    first_->wanted_ = first_events_;
    if ((first_->io_.events & first_events_) != first_events_)
      first_->watch(static_cast<unsigned>(first_->io_.events) | first_events_);
  }
  if (second_ != nullptr) {
    second_->waiter_ = &waiter;
    second_->wanted_ = second_events_;
    if ((second_->io_.events & second_events_) != second_events_)
      second_->watch(static_cast<unsigned>(second_->io_.events) | second_events_);
  }
  if (deadline_ < waiter.armed_for_) waiter.arm(deadline_);
}

Wake Waiter::take_result() {
  if (notified_) {
    notified_ = false;
    return Wake{.first = 0, .second = 0, .notified = true};
  }
  return result_;
}

void Waiter::wake(Wake why) {
  result_ = why;
  if (first_ != nullptr) first_->waiter_ = nullptr;
  if (second_ != nullptr) second_->waiter_ = nullptr;
  first_ = second_ = nullptr;
  std::exchange(sleeper_, nullptr).resume();  // may end this waiter: nothing after it
}

void Waiter::arm(Instant deadline) {
  armed_for_ = deadline;
  ev_timer_stop(loop_.native(), &timer_);
  const Duration left = std::max(deadline - loop_.now(), Duration{0});
  ev_timer_set(&timer_, std::chrono::duration<double>(left).count(), 0.);
  ev_timer_start(loop_.native(), &timer_);
}

void Waiter::notify() {
  if (!sleeper_) {
    notified_ = true;
    return;
  }
  ev_feed_event(loop_.native(), &timer_, kNotification);
}

void Waiter::on_timer(struct ev_loop*, ev_timer* timer, int events) {
  Waiter& waiter = *static_cast<Waiter*>(timer->data);
  if ((events & EV_TIMER) != 0) waiter.armed_for_ = kNever;
  if ((events & kNotification) != 0) {
    if (waiter.sleeper_)
      waiter.wake(Wake{.first = 0, .second = 0, .notified = true});
    else
      waiter.notified_ = true;  // something else woke the sleeper first
    return;
  }
  if (!waiter.sleeper_) return;  // nobody waits now; the next wait arms again
  const Duration early = waiter.deadline_ - waiter.loop_.now();
  if (waiter.deadline_ == kNever) return;
  if (early > kClockSkew) return waiter.arm(waiter.deadline_);  // it moved away since
  if (-early > kLate) waiter.loop_.count_late_timer();
  waiter.wake(Wake{});
}

Descriptor::Descriptor(Loop& loop, lib::base::UniqueFd fd) { open(loop, std::move(fd)); }

Descriptor::~Descriptor() { close(); }

void Descriptor::open(Loop& loop, lib::base::UniqueFd fd) {
  loop_ = &loop;
  fd_ = std::move(fd);
  ev_io_init(&io_, &Descriptor::on_event, fd_.get(), 0);
  io_.data = this;
}

void Descriptor::open_virtual(Loop& loop) {
  open(loop, {});
  is_virtual_ = true;
}

void Descriptor::set_standing(unsigned events) {
  standing_ = static_cast<std::uint8_t>(events);
  const unsigned wanted = waiter_ != nullptr ? wanted_ : idle_handler_ != nullptr ? kRead : 0U;
  if ((wanted & events) != 0) ev_feed_event(loop_->native(), &io_, static_cast<int>(events));
}

void Descriptor::hang_up() {
  has_hung_up_ = true;
  ev_feed_event(loop_->native(), &io_, static_cast<int>(kHangUp));
}

void Descriptor::close() {
  if (!fd_ && !is_virtual_) return;
  (void)release();  // its destructor closes
}

lib::base::UniqueFd Descriptor::release() {
  if (waiter_ != nullptr) {
    if (waiter_->first_ == this) waiter_->first_ = nullptr;
    if (waiter_->second_ == this) waiter_->second_ = nullptr;
    waiter_ = nullptr;
  }
  if (loop_ != nullptr) ev_io_stop(loop_->native(), &io_);
  io_.events = 0;
  standing_ = 0;
  is_virtual_ = has_hung_up_ = false;
  idle_handler_ = nullptr;
  return std::move(fd_);
}

void Descriptor::when_idle(IdleHandler handler, void* context) {
  idle_handler_ = handler;
  idle_context_ = context;
  if (handler == nullptr) return;
  if ((io_.events & EV_READ) == 0) watch(static_cast<unsigned>(io_.events) | kRead);
  if ((standing_ & kRead) != 0 || has_hung_up_) ev_feed_event(loop_->native(), &io_, static_cast<int>(kRead));
}

void Descriptor::set_priority(int priority) {
  priority = std::clamp(priority, EV_MINPRI, EV_MAXPRI);
  if (priority == ev_priority(&io_)) return;
  const auto events = static_cast<unsigned>(io_.events) & (kRead | kWrite);
  ev_io_stop(loop_->native(), &io_);  // it may only change while it is not watched
  ev_set_priority(&io_, priority);
  watch(events);
}

void Descriptor::watch(unsigned events) {
  if (is_virtual_) return;
  ev_io_stop(loop_->native(), &io_);
  ev_io_set(&io_, fd_.get(), static_cast<int>(events));
  if (events != 0) ev_io_start(loop_->native(), &io_);
}

void Descriptor::on_event(struct ev_loop*, ev_io* io, int events) {
  Descriptor& descriptor = *static_cast<Descriptor*>(io->data);
  const unsigned happened = static_cast<unsigned>(events) & (kRead | kWrite | kHangUp);
  Waiter* const waiter = descriptor.waiter_;
  const unsigned wanted = waiter != nullptr ? (descriptor.wanted_ | kHangUp) & happened : 0;
  if (wanted == 0) {
    if (waiter == nullptr && descriptor.idle_handler_ != nullptr && (happened & (kRead | kHangUp)) != 0)
      return descriptor.idle_handler_(descriptor, descriptor.idle_context_);
    // Nobody cares now: stop asking, or a level-triggered poll would spin.
    return descriptor.watch(static_cast<unsigned>(io->events) & ~happened);
  }
  Wake why;
  (waiter->first_ == &descriptor ? why.first : why.second) = static_cast<std::uint8_t>(wanted);
  waiter->wake(why);
}

Deferred::Deferred(Loop& loop, Work work, void* context) : loop_{loop}, work_{work}, context_{context} {
  ev_timer_init(&carrier_, ([](struct ev_loop*, ev_timer* timer, int) {
                  const Deferred& deferred = *static_cast<Deferred*>(timer->data);
                  deferred.work_(deferred.context_);
                }),
                0., 0.);
  carrier_.data = this;
  ev_set_priority(&carrier_, EV_MINPRI);
}

Deferred::~Deferred() { ev_clear_pending(loop_.native(), &carrier_); }

void Deferred::request() { ev_feed_event(loop_.native(), &carrier_, kNotification); }

}  // namespace lib::event
