// Acceptors that reached a limit, over all threads and frontends: a connection that ends wakes the one that waited longest
// among those that its place is of use to.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <thread>

#include "lib/base/list.h"
#include "lib/event/wait.h"
#include "proxyd/listen/frontend.h"

namespace proxyd::listen {

class LimitWaiters;

/// An acceptor's place in the list. Belongs to the acceptor's thread, and leaves the list when destroyed.
class LimitWaiter {
 public:
  LimitWaiter(LimitWaiters& all, Frontend& frontend, Listener& listener, lib::event::Waiter& waiter);
  ~LimitWaiter();
  LimitWaiter(const LimitWaiter&) = delete;
  LimitWaiter& operator=(const LimitWaiter&) = delete;
  /// Joins the list, as the youngest. Then look once more whether there is room, and only then wait.
  void join();
  void leave();

 private:
  friend class LimitWaiters;
  struct Entry : lib::base::ListHook<Entry>, std::enable_shared_from_this<Entry> {
    Frontend* frontend = nullptr;
    Listener* listener = nullptr;
    lib::event::Loop* loop = nullptr;
    lib::event::Waiter* waiter = nullptr;  // used on its own thread alone; null when the acceptor is gone
    std::thread::id thread;
  };
  LimitWaiters& all_;
  std::shared_ptr<Entry> entry_;  // shared with a wake-up that is on its way from another thread
};

class LimitWaiters {
 public:
  /// There is room for one more in the process. One look at a counter when nobody waits.
  void wake_one() {
    // Pairs with the one in join(): whoever joins after this look sees the room that was made before it.
    std::atomic_thread_fence(std::memory_order_seq_cst);
    if (count_.load(std::memory_order_relaxed) != 0) wake_first_of_use();
  }

 private:
  friend class LimitWaiter;
  void wake_first_of_use();
  std::atomic<std::uint32_t> count_{0};
  std::mutex mutex_;
  lib::base::List<LimitWaiter::Entry, LimitWaiter::Entry> waiting_;  // guarded by mutex_; the oldest first
};

}  // namespace proxyd::listen
