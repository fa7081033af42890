#include "proxyd/listen/limit_waiters.h"

namespace proxyd::listen {
namespace {

bool has_room(const servers::Gauge& gauge, std::uint32_t limit) { return limit == 0 || gauge.value() < limit; }

}  // namespace

LimitWaiter::LimitWaiter(LimitWaiters& all, Frontend& frontend, Listener& listener, lib::event::Waiter& waiter)
    : all_{all}, entry_{std::make_shared<Entry>()} {
  entry_->frontend = &frontend;
  entry_->listener = &listener;
  entry_->loop = &waiter.loop();
  entry_->waiter = &waiter;
  entry_->thread = std::this_thread::get_id();
}

LimitWaiter::~LimitWaiter() {
  leave();
  entry_->waiter = nullptr;
}

void LimitWaiter::join() {
  {
    const std::lock_guard lock{all_.mutex_};
    all_.waiting_.push_back(*entry_);
    all_.count_.fetch_add(1, std::memory_order_relaxed);
  }
  std::atomic_thread_fence(std::memory_order_seq_cst);
}

void LimitWaiter::leave() {
  const std::lock_guard lock{all_.mutex_};
  if (!entry_->is_linked()) return;
  entry_->unlink();
  all_.count_.fetch_sub(1, std::memory_order_relaxed);
}

void LimitWaiters::wake_first_of_use() {
  const std::lock_guard lock{mutex_};
  for (LimitWaiter::Entry& entry : waiting_) {
    if (!has_room(entry.frontend->sessions, entry.frontend->maxconn.load(std::memory_order_relaxed))) continue;
    if (!has_room(entry.listener->sessions, entry.listener->conf->maxconn)) continue;
    entry.unlink();
    count_.fetch_sub(1, std::memory_order_relaxed);
    if (entry.thread == std::this_thread::get_id()) return entry.waiter->notify();
    // The acceptor may end before this arrives: then the entry says so.
    return entry.loop->post([kept = entry.shared_from_this()] {
      if (kept->waiter != nullptr) kept->waiter->notify();
    });
  }
}

}  // namespace proxyd::listen
