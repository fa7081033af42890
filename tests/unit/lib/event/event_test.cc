#include <fcntl.h>
#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <catch2/catch.hpp>
#include <string>
#include <thread>
#include <vector>

#include "lib/event/channel.h"
#include "lib/event/wait.h"
#include "tests/unit/lib/event/run_until.h"

using namespace lib::event;
using namespace std::chrono_literals;
using lib::base::UniqueFd;

namespace {

/// Counts how many are alive, to see that frames are unwound.
struct Live {
  explicit Live(int& counter) : count{&counter} { ++*count; }
  Live(const Live&) = delete;
  Live& operator=(const Live&) = delete;
  ~Live() { --*count; }
  int* count;
};

struct Pair {
  UniqueFd a, b;
  Pair() {
    std::array<int, 2> fds{};
    REQUIRE(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, fds.data()) == 0);
    a = UniqueFd{fds[0]};
    b = UniqueFd{fds[1]};
  }
};

Task<int> answer(int value) { co_return value; }

Task<int> add_up(int depth) {
  if (depth == 0) co_return 0;
  const int below = co_await add_up(depth - 1);
  co_return below + 1;
}

Task<void> store_sum(int& out) {
  const int left = co_await answer(40);
  const int right = co_await answer(2);
  out = left + right;
}

Task<void> sleep_then_set(Loop& loop, Duration span, bool& done) {
  Waiter waiter{loop};
  (void)co_await waiter.until(loop.now() + span);
  done = true;
}

Task<void> read_once(Loop& loop, UniqueFd fd, Duration patience, std::string& out) {
  Waiter waiter{loop};
  Descriptor descriptor{loop, std::move(fd)};
  const Wake wake = co_await waiter.ready(descriptor, kRead, loop.now() + patience);
  if (wake.timed_out()) {
    out = "timeout";
    co_return;
  }
  std::array<char, 64> buffer{};
  const ssize_t got = ::read(descriptor.fd(), buffer.data(), buffer.size());
  out.assign(buffer.data(), got > 0 ? static_cast<std::size_t>(got) : 0);
}

Task<void> hold_and_wait(Loop& loop, int& live) {
  const Live one{live};
  Waiter waiter{loop};
  (void)co_await waiter.until(kNever);
}

Task<void> nested_hold(Loop& loop, int& live) {
  const Live outer{live};
  co_await hold_and_wait(loop, live);
}

}  // namespace

TEST_CASE("tasks return values to those who await them", "[event][task]") {
  int sum = 0;
  TaskGroup group;
  group.spawn(store_sum(sum));
  CHECK(sum == 42);
  CHECK(group.empty());
}

TEST_CASE("deep chains of tasks do not grow the stack", "[event][task]") {
  int sum = 0;
  TaskGroup group;
  // Sanitized code makes no tail calls: there the depth is only what a stack bears.
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
  constexpr int kDepth = 500;
#else
  constexpr int kDepth = 100000;
#endif
  auto run = [](int& out) -> Task<void> { out = co_await add_up(kDepth); };
  group.spawn(run(sum));
  CHECK(sum == kDepth);
}

TEST_CASE("a task that nobody awaits never starts and leaves nothing", "[event][task]") {
  int live = 0;
  Loop loop;
  { Task<void> unused = hold_and_wait(loop, live); }
  CHECK(live == 0);
}

TEST_CASE("cancelling a group unwinds every frame from the inside out", "[event][task]") {
  int live = 0;
  Loop loop;
  TaskGroup group;
  for (int i = 0; i < 10; ++i) group.spawn(nested_hold(loop, live));
  CHECK(live == 20);
  CHECK(group.size() == 10);
  loop.run_once(0ms);
  group.cancel_all();
  CHECK(live == 0);
  CHECK(group.empty());
  loop.run_once(0ms);
}

TEST_CASE("sleepers wake in the order of their deadlines and not early", "[event][wait]") {
  Loop loop;
  std::vector<int> order;
  TaskGroup group;
  auto sleeper = [](Loop& where, Duration span, int number, std::vector<int>& out) -> Task<void> {
    Waiter waiter{where};
    const Instant due = where.now() + span;
    (void)co_await waiter.until(due);
    CHECK(lib::base::monotonic_now() + 200us >= due);
    out.push_back(number);
  };
  group.spawn(sleeper(loop, 30ms, 3, order));
  group.spawn(sleeper(loop, 10ms, 1, order));
  group.spawn(sleeper(loop, 20ms, 2, order));
  run_until(loop, [&] { return group.empty(); });
  CHECK(order == std::vector<int>{1, 2, 3});
}

TEST_CASE("a deadline that moves further away is honoured at its new place", "[event][wait]") {
  Loop loop;
  TaskGroup group;
  Pair pair;
  std::vector<std::int64_t> waits;
  auto reader = [](Loop& where, UniqueFd fd, std::vector<std::int64_t>& out) -> Task<void> {
    Waiter waiter{where};
    Descriptor descriptor{where, std::move(fd)};
    // Armed for 20 ms by the first wait, which ends by data; the second wait's deadline is 60 ms away.
    Wake wake = co_await waiter.ready(descriptor, kRead, where.now() + 20ms);
    CHECK(wake.first == kRead);
    char byte = 0;
    CHECK(::read(descriptor.fd(), &byte, 1) == 1);
    const Instant began = where.now();
    wake = co_await waiter.ready(descriptor, kRead, began + 60ms);
    CHECK(wake.timed_out());
    out.push_back(lib::base::to_ms(lib::base::monotonic_now() - began));
    // And a nearer one after a far one.
    const Instant again = where.now();
    wake = co_await waiter.ready(descriptor, kRead, again + 1h);
    CHECK(wake.first == kRead);
    CHECK(::read(descriptor.fd(), &byte, 1) == 1);
    wake = co_await waiter.ready(descriptor, kRead, where.now() + 10ms);
    CHECK(wake.timed_out());
  };
  group.spawn(reader(loop, std::move(pair.a), waits));
  REQUIRE(::write(pair.b.get(), "x", 1) == 1);
  run_until(loop, [&] { return !waits.empty(); });
  CHECK(waits.front() >= 59);
  REQUIRE(::write(pair.b.get(), "x", 1) == 1);
  run_until(loop, [&] { return group.empty(); });
}

TEST_CASE("a reader gets data, end of stream, or its deadline", "[event][wait]") {
  Loop loop;
  TaskGroup group;
  std::string first, second, third;
  Pair one, two, three;
  group.spawn(read_once(loop, std::move(one.a), 5s, first));
  group.spawn(read_once(loop, std::move(two.a), 5s, second));
  group.spawn(read_once(loop, std::move(three.a), 10ms, third));
  second = third = "unset";
  REQUIRE(::write(one.b.get(), "hello", 5) == 5);
  two.b.reset();
  run_until(loop, [&] { return group.empty(); });
  CHECK(first == "hello");
  CHECK(second.empty());
  CHECK(third == "timeout");
}

TEST_CASE("waiting for either of two descriptors tells which", "[event][wait]") {
  Loop loop;
  TaskGroup group;
  Pair one, two;
  std::vector<Wake> wakes;
  auto both = [](Loop& where, UniqueFd x, UniqueFd y, std::vector<Wake>& out) -> Task<void> {
    Waiter waiter{where};
    Descriptor first{where, std::move(x)}, second{where, std::move(y)};
    out.push_back(co_await waiter.either(first, kRead, second, kRead, where.now() + 5s));
    out.push_back(co_await waiter.either(first, kRead | kWrite, second, 0, where.now() + 5s));
    out.push_back(co_await waiter.either(first, 0, second, kWrite, where.now() + 5s));
    out.push_back(co_await waiter.either(first, kRead, second, 0, where.now() + 20ms));
  };
  REQUIRE(::write(two.b.get(), "x", 1) == 1);
  group.spawn(both(loop, std::move(one.a), std::move(two.a), wakes));
  run_until(loop, [&] { return group.empty(); });
  REQUIRE(wakes.size() == 4);
  CHECK(wakes[0].first == 0);
  CHECK(wakes[0].second == kRead);
  CHECK(wakes[1].first == kWrite);
  CHECK(wakes[2].second == kWrite);
  CHECK(wakes[3].timed_out());
}

TEST_CASE("data that nobody waits for does not spin the loop and is found later", "[event][wait]") {
  Loop loop;
  TaskGroup group;
  Pair pair;
  std::string got;
  int rounds = 0;
  auto late = [](Loop& where, UniqueFd fd, std::string& out) -> Task<void> {
    Waiter waiter{where};
    Descriptor descriptor{where, std::move(fd)};
    (void)co_await waiter.ready(descriptor, kRead, where.now() + 1ms);  // arms the watcher, times out
    (void)co_await waiter.until(where.now() + 50ms);                    // data comes meanwhile
    const Wake wake = co_await waiter.ready(descriptor, kRead, where.now() + 5s);
    CHECK(wake.first == kRead);
    out = "found";
  };
  group.spawn(late(loop, std::move(pair.a), got));
  run_until(loop, [&] { return ++rounds > 3; });
  REQUIRE(::write(pair.b.get(), "x", 1) == 1);
  rounds = 0;
  run_until(loop, [&] { ++rounds; return group.empty(); });
  CHECK(got == "found");
  CHECK(rounds < 40);
}

TEST_CASE("a notification ends the present wait, or the next one", "[event][wait]") {
  Loop loop;
  TaskGroup group;
  Waiter* sleeping = nullptr;
  int wakes = 0;
  auto sleeper = [](Loop& where, Waiter*& out, int& count) -> Task<void> {
    Waiter waiter{where};
    out = &waiter;
    Wake wake = co_await waiter.until(where.now() + 5s);
    CHECK(wake.notified);
    ++count;
    waiter.notify();
    wake = co_await waiter.until(where.now() + 5s);
    CHECK(wake.notified);
    ++count;
    wake = co_await waiter.until(where.now() + 5ms);
    CHECK(wake.timed_out());
    out = nullptr;
  };
  group.spawn(sleeper(loop, sleeping, wakes));
  sleeping->notify();
  CHECK(wakes == 0);  // soon, not now
  run_until(loop, [&] { return group.empty(); });
  CHECK(wakes == 2);
}

TEST_CASE("a waiter with a pending notification may be destroyed", "[event][wait]") {
  Loop loop;
  int live = 0;
  {
    TaskGroup group;
    Waiter* sleeping = nullptr;
    auto sleeper = [](Loop& where, Waiter*& out, int& count) -> Task<void> {
      const Live one{count};
      Waiter waiter{where};
      out = &waiter;
      (void)co_await waiter.until(kNever);
    };
    group.spawn(sleeper(loop, sleeping, live));
    sleeping->notify();
  }
  CHECK(live == 0);
  loop.run_once(0ms);
}

TEST_CASE("an idle descriptor tells its handler when its peer leaves", "[event][wait]") {
  Loop loop;
  Pair pair;
  Descriptor descriptor{loop, std::move(pair.a)};
  int calls = 0;
  descriptor.when_idle(
      [](Descriptor& closed, void* context) noexcept {
        ++*static_cast<int*>(context);
        closed.close();
      },
      &calls);
  loop.run_once(5ms);
  CHECK(calls == 0);
  pair.b.reset();
  run_until(loop, [&] { return calls == 1; });
  CHECK_FALSE(descriptor.is_open());
}

TEST_CASE("a descriptor without a socket tells its handler of what is standing", "[event][wait]") {
  Loop loop;
  Descriptor descriptor;
  descriptor.open_virtual(loop);
  int calls = 0;
  const auto count = [](Descriptor&, void* context) noexcept { ++*static_cast<int*>(context); };
  descriptor.when_idle(count, &calls);
  loop.run_once(1ms);
  CHECK(calls == 0);
  descriptor.set_standing(kRead);
  loop.run_once(1ms);
  CHECK(calls == 1);
  descriptor.when_idle(nullptr, nullptr);
  descriptor.when_idle(count, &calls);  // it stands already
  loop.run_once(1ms);
  CHECK(calls == 2);
}

TEST_CASE("a hang-up wakes once whoever waits, whatever for, and tells an idle handler", "[event][wait]") {
  Loop loop;
  TaskGroup group;
  std::vector<Wake> wakes;
  Descriptor descriptor;
  descriptor.open_virtual(loop);
  auto sleeper = [](Loop& where, Descriptor& waited, std::vector<Wake>& seen) -> Task<void> {
    Waiter waiter{where};
    seen.push_back(co_await waiter.ready(waited, 0, where.now() + 5s));
    seen.push_back(co_await waiter.ready(waited, kWrite, where.now() + 1ms));
  };
  group.spawn(sleeper(loop, descriptor, wakes));
  CHECK_FALSE(descriptor.has_hung_up());
  descriptor.hang_up();
  run_until(loop, [&] { return group.empty(); });
  REQUIRE(wakes.size() == 2);
  CHECK(wakes[0].first == kHangUp);
  CHECK(wakes[1].timed_out());
  CHECK(descriptor.has_hung_up());
  int calls = 0;
  descriptor.when_idle([](Descriptor&, void* context) noexcept { ++*static_cast<int*>(context); }, &calls);
  loop.run_once(1ms);
  CHECK(calls == 1);  // it had happened before
}

TEST_CASE("deferred work runs once, behind all that is ready", "[event][wait]") {
  Loop loop;
  std::string order;
  Deferred later{loop, [](void* context) noexcept { *static_cast<std::string*>(context) += "later "; }, &order};
  struct Early {
    std::string& order;
    Deferred& later;
  } early{order, later};
  Descriptor descriptor;
  descriptor.open_virtual(loop);
  descriptor.when_idle(
      [](Descriptor&, void* context) noexcept {
        Early& shared = *static_cast<Early*>(context);
        shared.order += "event ";
        shared.later.request();
      },
      &early);
  later.request();
  descriptor.set_standing(kRead);
  loop.run_once(1ms);
  CHECK(order == "event later ");
}

TEST_CASE("work posted by other threads runs on the loop's own", "[event][loop]") {
  Loop loop;
  std::atomic<int> done{0};
  const auto home = std::this_thread::get_id();
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i)
    threads.emplace_back([&] {
      for (int j = 0; j < 1000; ++j)
        loop.post([&] {
          if (std::this_thread::get_id() == home) ++done;
        });
    });
  run_until(loop, [&] { return done == 4000; });
  for (auto& thread : threads) thread.join();
}

TEST_CASE("the end of a round is announced before the loop sleeps", "[event][loop]") {
  Loop loop;
  int rounds = 0;
  loop.at_round_end([&] { ++rounds; });
  loop.run_once(1ms);
  CHECK(rounds >= 1);
}

TEST_CASE("signals reach their watcher", "[event][signal]") {
  Loop loop;
  int seen = 0;
  const SignalWatcher watcher{loop, SIGUSR1, [&] { ++seen; }};
  ::kill(::getpid(), SIGUSR1);
  run_until(loop, [&] { return seen == 1; });
}

TEST_CASE("steady conversations take no frame from the heap", "[event][frames]") {
  Loop loop;
  TaskGroup group;
  bool done = false;
  group.spawn(sleep_then_set(loop, 1ms, done));
  run_until(loop, [&] { return done; });
  const std::size_t before = frames_from_heap();
  for (int i = 0; i < 100; ++i) {
    done = false;
    group.spawn(sleep_then_set(loop, 0ms, done));
    run_until(loop, [&] { return done; });
  }
#if !defined(__SANITIZE_ADDRESS__)
  CHECK(frames_from_heap() == before);
#else
  CHECK(frames_from_heap() >= before);
#endif
}

namespace {

Task<void> sleep_on(Waiter& waiter, Instant until, int& woken) {
  co_await waiter.until(until);
  ++woken;
}

}  // namespace

TEST_CASE("a waiter that outlives its cancelled sleeper wakes nobody, and serves another", "[event][wait]") {
  Loop loop;
  Waiter waiter{loop};
  int first = 0, second = 0;
  TaskGroup tasks;
  tasks.spawn(sleep_on(waiter, loop.now() + 5ms, first));
  waiter.notify();
  tasks.cancel_all();
  waiter.abandon();
  for (int i = 0; i < 5; ++i) loop.run_once(3ms);
  CHECK(first == 0);
  tasks.spawn(sleep_on(waiter, loop.now() + 2ms, second));
  for (int i = 0; i < 20 && second == 0; ++i) loop.run_once(3ms);
  CHECK(second == 1);
}

TEST_CASE("what stands is there at once, and wakes whoever waits already", "[event][wait]") {
  Loop loop;
  TaskGroup group;
  std::vector<Wake> wakes;
  Descriptor* shown = nullptr;
  auto sleeper = [](Loop& where, Descriptor*& out, std::vector<Wake>& seen) -> Task<void> {
    Waiter waiter{where};
    Descriptor descriptor;
    descriptor.open_virtual(where);
    out = &descriptor;
    descriptor.set_standing(kRead);
    seen.push_back(co_await waiter.ready(descriptor, kRead, where.now() + 5s));
    seen.push_back(co_await waiter.ready(descriptor, kWrite, where.now() + 1ms));
    descriptor.set_standing(0);
    seen.push_back(co_await waiter.ready(descriptor, kRead | kWrite, where.now() + 5s));
    out = nullptr;
  };
  group.spawn(sleeper(loop, shown, wakes));
  run_until(loop, [&] { return wakes.size() == 2; });
  shown->set_standing(kWrite);
  CHECK(wakes.size() == 2);  // soon, not now
  run_until(loop, [&] { return group.empty(); });
  REQUIRE(wakes.size() == 3);
  CHECK(wakes[0].first == kRead);
  CHECK(wakes[1].timed_out());
  CHECK(wakes[2].first == kWrite);
}

TEST_CASE("a virtual descriptor may go while its readiness is on the way", "[event][wait]") {
  Loop loop;
  auto group = std::make_unique<TaskGroup>();
  int ended = 0;
  Descriptor* shown = nullptr;
  auto sleeper = [](Loop& where, Descriptor*& out, int& count) -> Task<void> {
    Waiter waiter{where};
    Descriptor descriptor;
    descriptor.open_virtual(where);
    out = &descriptor;
    (void)co_await waiter.ready(descriptor, kRead, where.now() + 5s);
    ++count;
  };
  group->spawn(sleeper(loop, shown, ended));
  shown->set_standing(kRead);
  group.reset();
  run_until(loop, [&] { return true; });
  CHECK(ended == 0);
}

TEST_CASE("bytes of a socket that a layer holds are found without the kernel", "[event][channel]") {
  /// Hands out one byte at a time of what it read in one go.
  class Holder final : public Layer {
   public:
    explicit Holder(Channel& channel) : channel_{channel} {}
    ssize_t receive(char* room, std::size_t) override {
      if (held_.empty()) {
        std::array<char, 64> bytes;
        const ssize_t got = ::recv(channel_.fd(), bytes.data(), bytes.size(), MSG_DONTWAIT);
        if (got <= 0) return got;
        held_.assign(bytes.data(), static_cast<std::size_t>(got));
      }
      *room = held_.front();
      held_.erase(0, 1);
      channel_.set_standing(held_.empty() ? 0 : kRead);
      return 1;
    }
    ssize_t peek() override { return held_.empty() ? -1 : 1; }
    ssize_t send(std::span<const iovec>, bool) override { return -1; }
    bool end_sending() override { return true; }

   private:
    Channel& channel_;
    std::string held_;
  };
  Loop loop;
  TaskGroup group;
  Pair pair;
  std::string got;
  auto reader = [](Loop& where, UniqueFd fd, std::string& out) -> Task<void> {
    Waiter waiter{where};
    Channel channel{where, std::move(fd)};
    channel.put_layer(std::make_unique<Holder>(channel));
    while (out.size() < 5) {
      const Wake wake = co_await waiter.ready(channel, kRead, where.now() + 5s);
      if (wake.timed_out()) co_return;
      char byte = 0;
      if (channel.receive(&byte, 1) == 1) out += byte;
    }
  };
  group.spawn(reader(loop, std::move(pair.a), got));
  REQUIRE(::write(pair.b.get(), "hello", 5) == 5);
  run_until(loop, [&] { return group.empty(); });
  CHECK(got == "hello");
}
