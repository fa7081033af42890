#include <fcntl.h>
#include <fmt/format.h>
#include <grp.h>
#include <linux/capability.h>
#include <pthread.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>

#include <catch2/catch.hpp>

#include <filesystem>
#include <fstream>
#include <functional>
#include <sstream>
#include <string>

#include "lib/process/daemonize.h"
#include "lib/process/limits.h"
#include "lib/process/notify.h"
#include "lib/process/pid_file.h"
#include "lib/process/privileges.h"

using namespace lib::process;

namespace {

/// The exit code of a child that runs `body`.
int in_child(const std::function<int()>& body) {
  const pid_t child = ::fork();
  REQUIRE(child >= 0);
  if (child == 0) ::_exit(body());
  int status = 0;
  REQUIRE(::waitpid(child, &status, 0) == child);
  return WIFEXITED(status) ? WEXITSTATUS(status) : 1000 + WTERMSIG(status);
}

std::string contents(const std::string& path) {
  std::ifstream file{path};
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

std::string temporary(const char* name) { return "/tmp/triad_process_test_" + std::to_string(::getpid()) + name; }

}  // namespace

TEST_CASE("a daemon's parent returns 0 once the child is ready, and the child leads its own session", "[process]") {
  const std::string path = temporary(".daemon");
  const int code = in_child([&] {
    auto daemon = Daemon::begin();
    if (!daemon) return 9;
    struct stat null {}, in {};
    const bool leads = ::getsid(0) == ::getpid();
    std::ofstream{path} << (leads ? "leads" : "follows") << '\n';
    (*daemon)->ready(Daemon::Streams::Close);
    ::stat("/dev/null", &null);
    ::fstat(STDIN_FILENO, &in);
    std::ofstream{path + ".2"} << (null.st_rdev == in.st_rdev ? "null" : "open");
    return 7;  // nobody sees this one: the parent has gone home
  });
  CHECK(code == 0);
  CHECK(contents(path) == "leads\n");
  for (int i = 0; i < 200 && contents(path + ".2").empty(); ++i) ::usleep(5000);
  CHECK(contents(path + ".2") == "null");
  std::filesystem::remove(path);
  std::filesystem::remove(path + ".2");
}

TEST_CASE("a daemon that fails to start gives its exit code to the shell", "[process]") {
  CHECK(in_child([] { return Daemon::begin() ? 3 : 9; }) == 3);
  CHECK(in_child([] {
          auto daemon = Daemon::begin();
          ::raise(SIGKILL);
          return 0;
        }) == 1);
  CHECK(in_child([] {
          auto daemon = Daemon::begin();
          return 0;  // ended without being ready
        }) == 1);
}

TEST_CASE("a pid file holds the number and a line feed, and is made anew", "[process]") {
  const std::string path = temporary(".pid");
  std::ofstream{path} << "something longer than a number\n";
  auto file = PidFile::open(path);
  REQUIRE(file);
  CHECK(contents(path).empty());
  REQUIRE(file->write(4711));
  CHECK(contents(path) == "4711\n");
  struct stat seen {};
  REQUIRE(::stat(path.c_str(), &seen) == 0);
  CHECK((seen.st_mode & 0111) == 0);
  std::filesystem::remove(path);
}

TEST_CASE("a pid file does not follow a link that someone left there", "[process]") {
  const std::string path = temporary(".link"), target = temporary(".target");
  std::ofstream{target} << "precious";
  std::filesystem::create_symlink(target, path);
  auto file = PidFile::open(path);
  REQUIRE(file);
  REQUIRE(file->write(1));
  CHECK(contents(target) == "precious");
  std::filesystem::remove(path);
  std::filesystem::remove(target);
}

TEST_CASE("a pid file that cannot be made says so as haproxy does", "[process]") {
  const auto file = PidFile::open("/nonexistent/x.pid");
  REQUIRE_FALSE(file);
  CHECK(file.error().message == "Cannot create pidfile /nonexistent/x.pid");
}

TEST_CASE("users and groups are found by name", "[process]") {
  CHECK(find_user("root") == 0U);
  CHECK(find_group("root") == 0U);
  CHECK_FALSE(find_user("no-such-user-anywhere"));
  CHECK_FALSE(find_group("no-such-group-anywhere"));
}

TEST_CASE("a root directory that is not there is an error in haproxy's words", "[process]") {
  const auto status = change_root("/nonexistent");
  REQUIRE_FALSE(status);
  CHECK(status.error().message == "Cannot chroot(/nonexistent).");
}

TEST_CASE("without privileges another user cannot be become", "[process]") {
  const auto attempt = [](Identity wanted, const std::string& message) {
    return in_child([&] {
      if (is_root() && !become({.uid = 65534, .gid = 65534}, 0, Reach::Programs)) return 2;
      const auto status = become(wanted, 0, Reach::Programs);
      return !status && status.error().message == message ? 0 : 1;
    });
  };
  CHECK(attempt({.uid = 1, .gid = {}}, "Cannot set uid 1.") == 0);
  CHECK(attempt({.uid = {}, .gid = 1}, "Cannot set gid 1.") == 0);
  CHECK(in_child([] { return become({}, 0, Reach::Programs) ? 0 : 1; }) == 0);
}

TEST_CASE("a limit on processes counts threads, and is lifted for one", "[process]") {
  CHECK(in_child([] {
          if (is_root() && !become({.uid = 65534, .gid = 65534}, 0, Reach::Programs)) return 2;
          const auto start = [] {
            pthread_t thread{};
            if (const int code = ::pthread_create(&thread, nullptr, [](void*) -> void* { return nullptr; }, nullptr); code != 0) return code;
            return ::pthread_join(thread, nullptr);
          };
          forbid_new_processes();
          if (start() != EAGAIN) return 3;
          {
            const ThreadsAllowed one;
            if (start() != 0) return 4;
            const ThreadsAllowed inner;  // finds nothing to lift
          }
          if (start() != EAGAIN) return 5;
          return ::fork() == -1 && errno == EAGAIN ? 0 : 6;
        }) == 0);
  CHECK(in_child([] {
          const ThreadsAllowed nothing_to_lift;
          rlimit before{}, after{};
          ::getrlimit(RLIMIT_NPROC, &before);
          { const ThreadsAllowed inner; }
          ::getrlimit(RLIMIT_NPROC, &after);
          return before.rlim_cur == after.rlim_cur ? 0 : 1;
        }) == 0);
}

TEST_CASE("root becomes a user without groups and capabilities", "[process]") {
  if (!is_root()) return;
  CHECK(in_child([] {
          const gid_t extra = 4;
          if (::setgroups(1, &extra) != 0) return 2;
          if (!become({.uid = 65534, .gid = 65534}, 0, Reach::Programs)) return 3;
          if (::getuid() != 65534 || ::geteuid() != 65534 || ::getgid() != 65534) return 4;
          if (::getgroups(0, nullptr) != 0) return 5;
          if (::setuid(0) == 0) return 6;
          const std::string status = contents("/proc/self/status");
          for (const char* set : {"CapInh:\t0000000000000000", "CapPrm:\t0000000000000000", "CapEff:\t0000000000000000",
                                  "CapAmb:\t0000000000000000"})
            if (status.find(set) == std::string::npos) return 7;
          return 0;
        }) == 0);
}

TEST_CASE("capabilities that are kept outlive the change of user, and are in force", "[process]") {
  constexpr Capabilities kRaw = capability(CAP_NET_RAW), kChown = capability(CAP_CHOWN);
  if (!is_root() || (permitted_capabilities() & kRaw) == 0) return;
  const auto line = [](const char* set, Capabilities wanted) { return contents("/proc/self/status").find(fmt::format("{}:\t{:016x}\n", set, wanted)) != std::string::npos; };
  CHECK(in_child([&] {
          if (!become({.uid = 65534, .gid = 65534}, kRaw, Reach::Programs)) return 2;
          if (::getuid() != 65534 || permitted_capabilities() != kRaw) return 3;
          return line("CapEff", kRaw) && line("CapPrm", kRaw) && line("CapBnd", kRaw) && line("CapInh", 0) && line("CapAmb", 0) ? 0 : 4;
        }) == 0);
  // What a process never had it does not get, and what it gave up it does not get back.
  CHECK(in_child([&] {
          if (!keep_capabilities(kRaw, Reach::Process)) return 2;
          if (!keep_capabilities(kRaw | kChown, Reach::Process)) return 3;
          return permitted_capabilities() == kRaw && !line("CapBnd", kRaw) ? 0 : 4;
        }) == 0);
}

TEST_CASE("a chroot ends in the new root directory", "[process]") {
  if (!is_root()) return;
  const std::string jail = temporary(".jail");
  std::filesystem::create_directory(jail);
  std::ofstream{jail + "/inside"} << "x";
  CHECK(in_child([&] {
          if (!change_root(jail)) return 2;
          return ::access("/inside", F_OK) == 0 && ::access("inside", F_OK) == 0 ? 0 : 3;
        }) == 0);
  std::filesystem::remove_all(jail);
}

TEST_CASE("no new privileges, no new processes", "[process]") {
  CHECK(in_child([] {
          forbid_new_privileges();
          if (::prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) != 1) return 2;
          forbid_new_processes();
          rlimit limit{};
          ::getrlimit(RLIMIT_NPROC, &limit);
          return limit.rlim_cur == 0 ? 0 : 3;
        }) == 0);
}

TEST_CASE("the automatic maxconn is what haproxy computes", "[process]") {
  struct Row {
    std::uint64_t limit;
    DescriptorNeeds needs;
    std::uint32_t maxconn;
  };
  // Observed with haproxy 2.6: show info, one bind, one stats socket of 10 connections where there is one.
  const Row rows[] = {
      {20000, {.listeners = 2, .checks = 0, .threads = 1, .stats_connections = 10}, 9987},
      {20000, {.listeners = 2, .checks = 0, .threads = 2, .stats_connections = 10}, 9986},
      {20000, {.listeners = 2, .checks = 0, .threads = 4, .stats_connections = 10}, 9983},
      {20000, {.listeners = 2, .checks = 2, .threads = 4, .stats_connections = 10}, 9982},
      {20000, {.listeners = 4, .checks = 2, .threads = 4, .stats_connections = 10}, 9981},
      {20000, {.listeners = 1, .checks = 0, .threads = 2, .stats_connections = 0}, 9991},
      {1024, {.listeners = 2, .checks = 0, .threads = 2, .stats_connections = 10}, 498},
      {5, {.listeners = 2, .checks = 0, .threads = 2, .stats_connections = 10}, 1},
  };
  for (const Row& row : rows) {
    CAPTURE(row.limit, row.needs.listeners, row.needs.threads);
    CHECK(automatic_maxconn(row.limit, row.needs) == row.maxconn);
  }
  CHECK(needed_descriptors(300, {.listeners = 2, .checks = 0, .threads = 4, .stats_connections = 10}) == 634);
  CHECK(automatic_maxconn(~0ULL, {.listeners = 1, .checks = 0, .threads = 1, .stats_connections = 0}) ==
        (kDescriptorCap - 14) / 2);
}

TEST_CASE("the descriptor limit is raised as far as it goes, never lowered", "[process]") {
  CHECK(in_child([] {
          const rlimit low{64, 128};
          if (::setrlimit(RLIMIT_NOFILE, &low) != 0) return 2;
          if (!raise_descriptor_limit(32) || descriptor_limit().soft != 64) return 3;
          if (!raise_descriptor_limit(100) || descriptor_limit().soft != 100) return 4;
          if (is_root() && !become({.uid = 65534, .gid = 65534}, 0, Reach::Programs)) return 5;
          const auto status = raise_descriptor_limit(1000);
          if (status || status.error().message != "Cannot raise FD limit to 1000, limit is 128.") return 6;
          return descriptor_limit().soft == 128 ? 0 : 7;
        }) == 0);
}

TEST_CASE("the memory limit is in megabytes", "[process]") {
  CHECK(in_child([] {
          if (!limit_memory(0)) return 2;
          rlimit limit{};
          ::getrlimit(RLIMIT_AS, &limit);
          const rlim_t before = limit.rlim_cur;
          if (!limit_memory(1 << 20)) return 3;
          ::getrlimit(RLIMIT_AS, &limit);
          return before != limit.rlim_cur && limit.rlim_cur == rlim_t{1} << 40 ? 0 : 4;
        }) == 0);
}

TEST_CASE("the service manager hears what is going on", "[process]") {
  const std::string path = temporary(".notify");
  const lib::base::UniqueFd socket{::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)};
  sockaddr_un name{};
  name.sun_family = AF_UNIX;
  path.copy(name.sun_path, sizeof name.sun_path - 1);
  REQUIRE(::bind(socket.get(), reinterpret_cast<sockaddr*>(&name), sizeof name) == 0);
  const auto heard = [&] {
    std::string text(1000, '\0');
    const ssize_t size = ::recv(socket.get(), text.data(), text.size(), 0);
    return size < 0 ? std::string{} : text.substr(0, static_cast<std::size_t>(size));
  };
  ::unsetenv("NOTIFY_SOCKET");
  CHECK_FALSE(notify_ready());
  ::setenv("NOTIFY_SOCKET", path.c_str(), 1);
  CHECK(notify_ready());
  CHECK(heard() == "READY=1");
  CHECK(notify_ready_as(12));
  CHECK(heard() == "READY=1\nMAINPID=12");
  CHECK(notify_reloading());
  CHECK(heard().rfind("RELOADING=1\nMONOTONIC_USEC=", 0) == 0);
  CHECK(notify_stopping());
  CHECK(heard() == "STOPPING=1");
  CHECK(notify_status("two\nlines"));
  CHECK(heard() == "STATUS=two lines");
  prepare_notify();
  ::setenv("NOTIFY_SOCKET", "/nonexistent/as-in-a-chroot", 1);
  CHECK(notify_ready());
  CHECK(heard() == "READY=1");
  CHECK(notify_watchdog());
  CHECK(heard() == "WATCHDOG=1");
  int taken = 0;
  while (taken < 100'000 && notify_watchdog()) ++taken;  // nobody reads: it must not wait
  CHECK(taken < 100'000);
  ::unsetenv("NOTIFY_SOCKET");
  prepare_notify();
  CHECK_FALSE(notify_ready());
  ::unsetenv("NOTIFY_SOCKET");
  std::filesystem::remove(path);
}

TEST_CASE("whether the service manager watches us stands in two variables", "[process]") {
  using namespace std::chrono_literals;
  struct Row {
    const char* usec;
    const char* pid;
    std::optional<lib::base::Duration> interval;
  };
  const Row rows[] = {
      {"5000000", "77", 5s},  {"5000000", "", 5s},   {"1", "77", 1us},      {"5000000", "78", std::nullopt}, {"5000000", "x", std::nullopt},
      {"0", "77", std::nullopt}, {"", "77", std::nullopt}, {"", "", std::nullopt}, {"-5", "77", std::nullopt},      {"5s", "77", std::nullopt},
      {"18446744073709551615", "77", std::nullopt},  // "infinity", as the manager writes it
      {"99999999999999999999", "77", std::nullopt},
  };
  for (const Row& row : rows) {
    INFO(row.usec << ' ' << row.pid);
    CHECK(watchdog_interval(row.usec, row.pid, 77) == row.interval);
  }
  ::setenv("WATCHDOG_USEC", "3000000", 1);
  ::setenv("WATCHDOG_PID", std::to_string(::getpid()).c_str(), 1);
  CHECK(take_watchdog() == lib::base::Duration{3s});
  CHECK(::getenv("WATCHDOG_USEC") == nullptr);
  CHECK(::getenv("WATCHDOG_PID") == nullptr);
  CHECK_FALSE(take_watchdog());
}
