#include "lib/process/pid_file.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>

namespace lib::process {

base::Result<PidFile> PidFile::open(const std::string& path) {
  (void)::unlink(path.c_str());  // mostly there is none
  base::UniqueFd fd{::open(path.c_str(), O_CREAT | O_WRONLY | O_TRUNC | O_CLOEXEC, 0644)};
  if (!fd) return base::failure("Cannot create pidfile " + path, errno);
  return PidFile{path, std::move(fd)};
}

base::Status PidFile::write(pid_t pid) {
  const std::string text = std::to_string(pid) + '\n';
  if (::write(fd_.get(), text.data(), text.size()) != static_cast<ssize_t>(text.size()))
    return base::failure("Cannot write pidfile " + path_, errno);
  return {};
}

}  // namespace lib::process
