#include "lib/process/system_calls.h"

#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <catch2/catch.hpp>
#include <cerrno>
#include <csignal>
#include <functional>
#include <thread>

using namespace lib::process;
using Answer = SystemCallRules::Answer;

namespace {

constexpr int kSkipped = 77;

/// The exit code of a child that runs `body`, or 1000 and the signal that ended it.
int in_child(const std::function<int()>& body) {
  if (!can_restrict_system_calls()) return kSkipped;
  const pid_t child = ::fork();
  REQUIRE(child >= 0);
  if (child == 0) ::_exit(body());
  int status = 0;
  REQUIRE(::waitpid(child, &status, 0) == child);
  return WIFEXITED(status) ? WEXITSTATUS(status) : 1000 + WTERMSIG(status);
}

bool is(int code, int wanted) { return code == wanted || code == kSkipped; }

/// Starts a program; 0: that went well.
int run_true() {
  const pid_t child = ::fork();
  if (child < 0) return errno;
  if (child == 0) {
    ::execl("/bin/true", "true", nullptr);
    ::_exit(errno);
  }
  int status = 0;
  return ::waitpid(child, &status, 0) == child && WIFEXITED(status) ? WEXITSTATUS(status) : 1;
}

}  // namespace

TEST_CASE("neither a program nor a process can be started, and nothing else is lost", "[process][seccomp]") {
  CHECK(is(in_child([] { return restrict_system_calls({}) ? run_true() : 1; }), EPERM));
  CHECK(is(in_child([] { return restrict_system_calls({}) && ::execl("/bin/true", "true", nullptr) != 0 ? errno : 1; }), EPERM));
}

TEST_CASE("threads can be started, before and after, and the filter holds for all", "[process][seccomp]") {
  CHECK(is(in_child([] {
    int before = 0, after = 0;
    std::array<int, 2> line{};
    if (::pipe(line.data()) != 0) return 1;
    std::thread early{[&] {
      char byte = 0;
      if (::read(line[0], &byte, 1) == 1) before = run_true();
    }};
    if (!restrict_system_calls({})) return 2;
    std::thread{[&] { after = run_true(); }}.join();
    if (::write(line[1], "x", 1) != 1) return 3;
    early.join();
    return before == EPERM && after == EPERM ? 0 : 4;
  }), 0));
}

TEST_CASE("who asks for it dies of a call that is not allowed", "[process][seccomp]") {
  CHECK(is(in_child([] { return restrict_system_calls({.programs = false, .name_spaces = false, .answer = Answer::Kill}) ? run_true() : 1; }), 1000 + SIGSYS));
  CHECK(is(in_child([] { return restrict_system_calls({.programs = false, .name_spaces = false, .answer = Answer::Log}) ? run_true() : 1; }), 0));
}

TEST_CASE("programs may be started where that is wanted, and are held by the same filter", "[process][seccomp]") {
  CHECK(is(in_child([] { return restrict_system_calls({.programs = true, .name_spaces = false, .answer = Answer::Kill}) ? run_true() : 1; }), 0));
  CHECK(is(in_child([] { return restrict_system_calls({.programs = true}) && ::chroot("/") != 0 ? errno : 1; }), EPERM));
}

TEST_CASE("what is newer than the filter does not exist for the process, whatever it does else", "[process][seccomp]") {
  constexpr long kNobodys = 599;
  for (const auto answer : {Answer::Deny, Answer::Kill, Answer::Log})
    CHECK(is(in_child([answer] { return restrict_system_calls({.programs = false, .name_spaces = false, .answer = answer}) && ::syscall(kNobodys) == -1 ? errno : 1; }), ENOSYS));
}

TEST_CASE("other processes are out of reach, and name spaces are unless they are wanted", "[process][seccomp]") {
  CHECK(is(in_child([] { return restrict_system_calls({}) && ::ptrace(PTRACE_ATTACH, 1, nullptr, nullptr) != 0 ? errno : 1; }), EPERM));
  CHECK(is(in_child([] { return restrict_system_calls({.programs = false, .name_spaces = true, .answer = Answer::Kill}) && ::syscall(SYS_setns, -1, 0) != 0 ? errno : 1; }), EBADF));
  CHECK(is(in_child([] { return restrict_system_calls({.programs = false, .name_spaces = false, .answer = Answer::Kill}) ? static_cast<int>(::syscall(SYS_setns, -1, 0)) : 1; }), 1000 + SIGSYS));
}
