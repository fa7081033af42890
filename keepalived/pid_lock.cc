#include "keepalived/pid_lock.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <fstream>

namespace keepalived {

namespace {

constexpr int kAttempts = 100;
constexpr useconds_t kPause = 10'000;

/// 0 when it cannot be told.
unsigned long network_namespace(const std::string& process) {
  struct stat facts{};
  return ::stat(("/proc/" + process + "/ns/net").c_str(), &facts) == 0 ? facts.st_ino : 0;
}

/// 0 when the file does not tell.
pid_t holder_of(const std::string& path) {
  std::ifstream in{path};
  pid_t holder = 0;
  return in >> holder ? holder : 0;
}

bool is_file(int fd, const std::string& path) {
  struct stat ours{}, there{};
  return ::fstat(fd, &ours) == 0 && ::stat(path.c_str(), &there) == 0 && ours.st_ino == there.st_ino && ours.st_dev == there.st_dev;
}

bool is_held_elsewhere(const std::string& path) {
  const pid_t holder = holder_of(path);
  if (holder <= 0) return false;
  const unsigned long theirs = network_namespace(std::to_string(holder));
  return theirs != 0 && theirs != network_namespace("self");
}

/// Who holds it lives, as far as the file tells.
bool is_held(const std::string& path) {
  const pid_t holder = holder_of(path);
  return holder > 0 && (::kill(holder, 0) == 0 || errno == EPERM);
}

lib::base::Error held(const std::string& path) {
  return {"Another process has pid file " + path + " locked", EWOULDBLOCK};
}

std::string of_this_namespace(const std::string& folder, const std::string& name) {
  return folder + name + '.' + std::to_string(network_namespace("self")) + ".pid";
}

}  // namespace

PidLock::~PidLock() { release(); }

void PidLock::release() {
  if (!fd_) return;
  (void)::unlink(path_.c_str());  // taken away already: as wanted
  fd_.reset();
}

lib::base::Result<PidLock> PidLock::take(const std::string& path, Says says) {
  const std::size_t slash = path.rfind('/');
  const std::string folder = slash == std::string::npos ? std::string{} : path.substr(0, slash);
  if (!folder.empty() && ::mkdir(folder.c_str(), 0755) == 0) (void)::chmod(folder.c_str(), 0755);  // whatever the umask is
  // Whoever is just ending unlinks the file and lets it go: then there is another one, or none, in a moment.
  for (int attempt = 0; attempt < kAttempts; ++attempt) {
    lib::base::UniqueFd fd{::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0644)};
    if (!fd) return lib::base::system_failure("Error opening pid file " + path, errno);
    if (::flock(fd.get(), LOCK_EX | LOCK_NB) != 0) {
      if (is_held(path)) break;
    } else if (is_file(fd.get(), path)) {
      PidLock lock;
      lock.path_ = path;
      lock.fd_ = std::move(fd);
      (void)::fchmod(lock.fd_.get(), 0644);  // whatever the umask is: everybody may know
      if (says == Says::Pid) (void)lock.write();  // the daemon says it when it writes again; until then others see who is starting
      return lock;
    }
    (void)::usleep(kPause);
  }
  return tl::unexpected{held(path)};
}

lib::base::Status PidLock::clear(const std::string& path) {
  for (int attempt = 0; attempt < kAttempts; ++attempt) {
    const lib::base::UniqueFd fd{::open(path.c_str(), O_RDWR | O_CLOEXEC | O_NOFOLLOW)};
    if (!fd && errno == ENOENT) return {};
    if (!fd) return lib::base::system_failure("Error opening pid file " + path, errno);
    if (::flock(fd.get(), LOCK_EX | LOCK_NB) != 0) {
      if (is_held(path)) break;
    } else if (is_file(fd.get(), path)) {
      (void)::unlink(path.c_str());  // whoever starts now makes another
      return {};
    }
    (void)::usleep(kPause);
  }
  return tl::unexpected{held(path)};
}

lib::base::Status PidLock::clear_in_namespace(const std::string& folder, const std::string& name) {
  const std::string path = folder + name + ".pid";
  const auto done = clear(path);
  if (done || done.error().code != EWOULDBLOCK || !is_held_elsewhere(path)) return done;
  return clear(of_this_namespace(folder, name));
}

lib::base::Result<PidLock> PidLock::take_in_namespace(const std::string& folder, const std::string& name, Says says) {
  const std::string path = folder + name + ".pid";
  auto lock = take(path, says);
  if (lock || lock.error().code != EWOULDBLOCK || !is_held_elsewhere(path)) return lock;
  return take(of_this_namespace(folder, name), says);
}

lib::base::Status PidLock::write() {
  const std::string text = std::to_string(::getpid()) + '\n';
  if (::ftruncate(fd_.get(), 0) != 0 || ::pwrite(fd_.get(), text.data(), text.size(), 0) != static_cast<ssize_t>(text.size()))
    return lib::base::system_failure("Error writing pid file " + path_, errno);
  return {};
}

}  // namespace keepalived
