// The file that tells others the process's number.
#pragma once

#include <sys/types.h>

#include <string>

#include "lib/base/result.h"
#include "lib/base/unique_fd.h"

namespace lib::process {

/// Opened early (as root, before a chroot), written once the final process is known.
class PidFile {
 public:
  /// Makes the file anew (mode 0644), after removing what had the name: never writes through a link.
  /// The error is "Cannot create pidfile <path>".
  static base::Result<PidFile> open(const std::string& path);
  /// Adds "<pid>\n".
  base::Status write(pid_t pid);
  const std::string& path() const { return path_; }

 private:
  PidFile(std::string path, base::UniqueFd fd) : path_{std::move(path)}, fd_{std::move(fd)} {}
  std::string path_;
  base::UniqueFd fd_;
};

}  // namespace lib::process
