#include "keepalived/pid_lock.h"

#include <sched.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <cerrno>
#include <filesystem>
#include <fstream>

using keepalived::PidLock;

namespace {

struct Folder {
  std::string path = "/tmp/pid_lock_test." + std::to_string(::getpid()) + "/";
  Folder() { std::filesystem::create_directory(path); }
  ~Folder() { std::filesystem::remove_all(path); }
};

/// Another process that holds FOLDER/vrrp.pid, perhaps in a network namespace of its own.
class Holder {
 public:
  Holder(const std::string& folder, bool elsewhere) {
    int ends[2];
    REQUIRE(::pipe(ends) == 0);
    child_ = ::fork();
    if (child_ == 0) {
      const bool ready = (!elsewhere || ::unshare(CLONE_NEWNET) == 0);
      const auto lock = PidLock::take_in_namespace(folder, "vrrp");
      const char answer = ready && lock ? 'y' : 'n';
      (void)!::write(ends[1], &answer, 1);
      ::pause();
      ::_exit(0);
    }
    char answer = 'n';
    (void)!::read(ends[0], &answer, 1);
    holds_ = answer == 'y';
    ::close(ends[0]);
    ::close(ends[1]);
  }
  ~Holder() {
    ::kill(child_, SIGKILL);
    ::waitpid(child_, nullptr, 0);
  }
  bool holds() const { return holds_; }

 private:
  pid_t child_ = 0;
  bool holds_ = false;
};

}  // namespace

TEST_CASE("a second daemon in the same network namespace is refused its pid file", "[keepalived]") {
  const Folder folder;
  const Holder other{folder.path, false};
  REQUIRE(other.holds());
  const auto lock = PidLock::take_in_namespace(folder.path, "vrrp");
  REQUIRE_FALSE(lock.has_value());
  CHECK(lock.error().code == EWOULDBLOCK);
}

TEST_CASE("a pid file that was given up is the next one's", "[keepalived]") {
  const Folder folder;
  const std::string path = folder.path + "vrrp.pid";
  auto first = PidLock::take(path);
  REQUIRE(first.has_value());
  CHECK_FALSE(PidLock::take(path).has_value());
  first->release();
  CHECK_FALSE(std::filesystem::exists(path));
  {
    const auto second = PidLock::take(path);
    REQUIRE(second.has_value());
    first->release();  // nothing more
    CHECK(std::filesystem::exists(path));
  }
  CHECK_FALSE(std::filesystem::exists(path));
}

TEST_CASE("a pid file that nobody holds is taken away, and none is made", "[keepalived]") {
  const Folder folder;
  const std::string path = folder.path + "vrrp.pid";
  CHECK(PidLock::clear(path));
  CHECK(PidLock::clear_in_namespace(folder.path, "vrrp"));
  CHECK_FALSE(std::filesystem::exists(path));
  std::ofstream{path} << "1\n";  // a process that lives; but it does not hold the file
  CHECK(PidLock::clear_in_namespace(folder.path, "vrrp"));
  CHECK_FALSE(std::filesystem::exists(path));
  {
    const Holder holder{folder.path, false};
    const auto refused = PidLock::clear_in_namespace(folder.path, "vrrp");
    REQUIRE_FALSE(refused);
    CHECK(refused.error().code == EWOULDBLOCK);
    CHECK(std::filesystem::exists(path));
  }
  CHECK(PidLock::clear("/nonexistent/folder/vrrp.pid"));
}

TEST_CASE("a daemon of another network namespace does not stand in the way", "[keepalived]") {
  const Folder folder;
  const Holder other{folder.path, true};
  if (!other.holds()) {
    WARN("no privilege to make a network namespace");
    return;
  }
  {
    const auto lock = PidLock::take_in_namespace(folder.path, "vrrp");
    REQUIRE(lock.has_value());
    CHECK(lock->path() != folder.path + "vrrp.pid");
    int pid = 0;
    std::ifstream{lock->path()} >> pid;
    CHECK(pid == ::getpid());
    CHECK_FALSE(PidLock::take(folder.path + "vrrp.pid").has_value());
  }
  int left = 0;
  for ([[maybe_unused]] const auto& entry : std::filesystem::directory_iterator{folder.path}) ++left;
  CHECK(left == 1);
}
