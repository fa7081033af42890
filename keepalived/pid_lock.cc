#include "keepalived/pid_lock.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

namespace keepalived {

PidLock::~PidLock() {
  if (fd_) (void)::unlink(path_.c_str());  // taken away already: as wanted
}

lib::base::Result<PidLock> PidLock::take(const std::string& path) {
  PidLock lock;
  const std::size_t slash = path.rfind('/');
  if (slash != std::string::npos && slash != 0) (void)::mkdir(path.substr(0, slash).c_str(), 0755);  // it may exist
  lib::base::UniqueFd fd{::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0644)};
  if (!fd) return lib::base::system_failure("Error opening pid file " + path, errno);
  if (::flock(fd.get(), LOCK_EX | LOCK_NB) != 0) return lib::base::failure("Another process has pid file " + path + " locked", EWOULDBLOCK);
  lock.path_ = path;
  lock.fd_ = std::move(fd);
  return lock;
}

lib::base::Status PidLock::write() {
  const std::string text = std::to_string(::getpid()) + '\n';
  if (::ftruncate(fd_.get(), 0) != 0 || ::pwrite(fd_.get(), text.data(), text.size(), 0) != static_cast<ssize_t>(text.size()))
    return lib::base::system_failure("Error writing pid file " + path_, errno);
  return {};
}

}  // namespace keepalived
