#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

#include <array>
#include <catch2/catch.hpp>
#include <string>
#include <vector>

#include "lib/event/child.h"
#include "tests/unit/lib/event/run_until.h"

using namespace lib::event;
using namespace std::chrono_literals;
using lib::base::UniqueFd;

TEST_CASE("children end with a code, a signal, or are killed at the deadline", "[event][child]") {
  Loop loop;
  TaskGroup group;
  std::vector<ChildExit> ends;
  auto run = [](Loop& where, std::string script, Duration patience, std::vector<ChildExit>& out) -> Task<void> {
    Waiter waiter{where};
    std::vector<std::string> argv{"/bin/sh", "-c", script};
    const auto child = start_child(argv);
    REQUIRE(child.has_value());
    const ChildExit end = co_await child_end(waiter, *child, where.now() + patience);
    out.push_back(end);
  };
  group.spawn(run(loop, "exit 3", 5s, ends));
  run_until(loop, [&] { return ends.size() == 1; });
  group.spawn(run(loop, "kill -9 $$", 5s, ends));
  run_until(loop, [&] { return ends.size() == 2; });
  group.spawn(run(loop, "sleep 600 & wait", 30ms, ends));
  run_until(loop, [&] { return ends.size() == 3; });
  CHECK(ends[0].code == 3);
  CHECK(ends[1].signal == SIGKILL);
  CHECK(ends[2].timed_out);
  CHECK_FALSE(start_child({"/nonexistent/program"}).has_value());
}

TEST_CASE("a child that ends when asked to is not killed, and one that does not is", "[event][child]") {
  Loop loop;
  TaskGroup group;
  std::vector<ChildExit> ends;
  auto run = [](Loop& where, std::string script, std::vector<ChildExit>& out) -> Task<void> {
    Waiter waiter{where};
    const std::vector<std::string> argv{"/bin/sh", "-c", script};
    const auto child = start_child(argv);
    REQUIRE(child.has_value());
    const ChildExit end = co_await child_end(waiter, *child, where.now() + 300ms, 300ms);
    out.push_back(end);
  };
  group.spawn(run(loop, "trap 'exit 7' TERM; while :; do sleep 0.02; done", ends));
  run_until(loop, [&] { return ends.size() == 1; });
  group.spawn(run(loop, "trap '' TERM; while :; do sleep 0.02; done", ends));
  run_until(loop, [&] { return ends.size() == 2; });
  CHECK(ends[0].timed_out);
  CHECK(ends[0].code == 7);
  CHECK(ends[1].timed_out);
  CHECK(ends[1].signal == SIGKILL);
}

TEST_CASE("a child becomes whom it is told to and inherits no descriptor", "[event][child]") {
  if (::geteuid() != 0) return;  // only root can become somebody else
  Loop loop;
  TaskGroup group;
  std::vector<ChildExit> ends;
  auto run = [](Loop& where, std::vector<ChildExit>& out) -> Task<void> {
    Waiter waiter{where};
    const int inherited = ::dup(0);  // not close-on-exec
    const std::string check = "test \"$(id -u):$(id -g):$(id -G)\" = '65534:65533:65533 65532' || exit 1; test ! -e /proc/self/fd/" +
                              std::to_string(inherited);
    const std::vector<std::string> argv{"/bin/sh", "-c", check};
    ChildOptions options;
    options.identity = ChildIdentity{.uid = 65534, .gid = 65533, .supplementary = {65532}};
    const auto child = start_child(argv, std::move(options));
    REQUIRE(child.has_value());
    const ChildExit end = co_await child_end(waiter, *child, where.now() + 5s);
    ::close(inherited);
    out.push_back(end);
  };
  group.spawn(run(loop, ends));
  run_until(loop, [&] { return ends.size() == 1; });
  CHECK(ends[0].code == 0);
}
