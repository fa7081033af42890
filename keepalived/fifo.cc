#include "keepalived/fifo.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

namespace keepalived {

lib::base::Status Fifo::open(const parsers::keepalived::NotifyFifo& conf) {
  const char* const path = conf.path.c_str();
  if (::mkfifo(path, 0644) == 0) {
    made_ = conf.path;
    if (::geteuid() == 0 && ::lchown(path, conf.uid, conf.gid) != 0)
      return lib::base::system_failure("notify FIFO " + conf.path + ": cannot change its owner", errno);
  } else if (errno != EEXIST) {
    return lib::base::system_failure("Unable to create notify fifo " + conf.path, errno);
  }
  // Read and write: a FIFO opened so is never without a reader, and never gives SIGPIPE.
  lib::base::UniqueFd fd{::open(path, O_RDWR | O_NONBLOCK | O_CLOEXEC | O_NOFOLLOW)};
  if (!fd) return lib::base::system_failure("Unable to open notify fifo " + conf.path, errno);
  struct stat facts{};
  if (::fstat(fd.get(), &facts) != 0 || !S_ISFIFO(facts.st_mode))
    return lib::base::failure("notify fifo " + conf.path + " is no FIFO");
  is_first_ = ::flock(fd.get(), LOCK_EX | LOCK_NB) == 0;
  fd_ = std::move(fd);
  return {};
}

void Fifo::close() {
  fd_.reset();
  if (!made_.empty()) (void)::unlink(made_.c_str());  // somebody took it away: as wanted
  made_.clear();
}

void Fifo::write(std::string_view line) {
  if (!fd_) return;
  if (::write(fd_.get(), line.data(), line.size()) != static_cast<ssize_t>(line.size())) ++lost_;
}

}  // namespace keepalived
