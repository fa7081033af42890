#include "lib/event/aside.h"

#include <pthread.h>
#include <signal.h>

#include <atomic>
#include <memory>
#include <thread>
#include <utility>

namespace lib::event {
namespace {

struct Work {
  std::function<void()> run;
  std::atomic<bool> is_done{false}, is_forgotten{false};
};

/// Joined at the end, however that comes.
struct Helper {
  std::shared_ptr<Work> work;
  std::thread thread;
  ~Helper() {
    work->is_forgotten.store(true);
    thread.join();
  }
};

std::thread start_without_signals(std::function<void()> run) {
  sigset_t all, before;
  sigfillset(&all);
  ::pthread_sigmask(SIG_SETMASK, &all, &before);
  std::thread thread{std::move(run)};
  ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
  return thread;
}

}  // namespace

Task<void> run_aside(Waiter& waiter, std::function<void()> run) {
  const auto work = std::make_shared<Work>();
  work->run = std::move(run);
  Loop& loop = waiter.loop();
  const auto body = [work, &loop, &waiter] {
    work->run();
    work->is_done.store(true);
    loop.post([work, &waiter] {
      if (!work->is_forgotten.load()) waiter.notify();
    });
  };
  const Helper helper{work, start_without_signals(body)};
  while (!work->is_done.load()) (void)co_await waiter.until(kNever);
}

}  // namespace lib::event
