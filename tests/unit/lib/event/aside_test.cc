#include "lib/event/aside.h"

#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <catch2/catch.hpp>
#include <thread>

#include "tests/unit/lib/event/run_until.h"

using namespace lib::event;

namespace {

Task<void> work_aside(Loop& loop, std::function<void()> work, bool& done) {
  Waiter waiter{loop};
  co_await run_aside(waiter, std::move(work));
  done = true;
}

}  // namespace

TEST_CASE("long work has a thread of its own, and the conversation goes on after it", "[event][aside]") {
  Loop loop;
  TaskGroup group;
  bool done = false;
  std::atomic<bool> may_end{false};
  std::thread::id where;
  group.spawn(work_aside(loop, [&] {
    while (!may_end.load()) std::this_thread::yield();
    where = std::this_thread::get_id();
  }, done));
  bool loop_went_on = false;
  loop.post([&] { loop_went_on = true; });
  run_until(loop, [&] { return loop_went_on; });
  CHECK_FALSE(done);
  may_end.store(true);
  run_until(loop, [&] { return done; });
  CHECK(where != std::this_thread::get_id());
}

TEST_CASE("a cancelled conversation waits for its work", "[event][aside]") {
  Loop loop;
  TaskGroup group;
  bool done = false;
  std::atomic<bool> is_begun{false}, is_ended{false};
  group.spawn(work_aside(loop, [&] {
    is_begun.store(true);
    ::usleep(20'000);
    is_ended.store(true);
  }, done));
  run_until(loop, [&] { return is_begun.load(); });
  group.cancel_all();
  CHECK(is_ended.load());
  CHECK_FALSE(done);
}

TEST_CASE("without another thread the loop does the work", "[event][aside]") {
  const pid_t child = ::fork();
  REQUIRE(child >= 0);
  if (child == 0) {
    const rlimit none{0, 0};
    if (::setrlimit(RLIMIT_NPROC, &none) != 0) ::_exit(2);
    if (::geteuid() == 0 && ::setuid(65534) != 0) ::_exit(3);  // the limit does not hold for root
    Loop loop;
    TaskGroup group;
    bool done = false;
    std::thread::id where;
    group.spawn(work_aside(loop, [&where] { where = std::this_thread::get_id(); }, done));
    for (int i = 0; i < 100 && !done; ++i) loop.run_once(std::chrono::milliseconds{10});
    ::_exit(!done ? 4 : where == std::this_thread::get_id() ? 0 : 5);
  }
  int status = 0;
  REQUIRE(::waitpid(child, &status, 0) == child);
  CHECK(WIFEXITED(status));
  CHECK(WEXITSTATUS(status) == 0);
}
