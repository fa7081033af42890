#include "lib/event/aside.h"

#include <pthread.h>
#include <signal.h>

#include <atomic>
#include <memory>
#include <optional>
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
  pthread_t thread;
  ~Helper() {
    work->is_forgotten.store(true);
    (void)::pthread_join(thread, nullptr);  // it is ours, and joined once
  }
};

using Body = std::function<void()>;

void* run_body(void* owned) {
  const std::unique_ptr<Body> body{static_cast<Body*>(owned)};
  (*body)();
  return nullptr;
}

/// Not std::thread, which would end the process where there is no other thread to be had. Nothing: that is so.
std::optional<pthread_t> start_without_signals(Body run) {
  auto body = std::make_unique<Body>(std::move(run));
  sigset_t all, before;
  sigfillset(&all);
  ::pthread_sigmask(SIG_SETMASK, &all, &before);
  pthread_t thread{};
  const bool is_started = ::pthread_create(&thread, nullptr, run_body, body.get()) == 0;
  ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
  if (!is_started) return std::nullopt;
  (void)body.release();  // the thread owns it
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
  const std::optional<pthread_t> thread = start_without_signals(body);
  if (!thread) {
    work->run();
    co_return;
  }
  const Helper helper{work, *thread};
  while (!work->is_done.load()) (void)co_await waiter.until(kNever);
}

}  // namespace lib::event
