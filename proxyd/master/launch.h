// Starts the program anew as a worker: it reads the files as they are now, and is of the version that is installed now.
#pragma once

#include <sys/resource.h>
#include <sys/types.h>

#include <optional>
#include <string>
#include <vector>

#include "lib/base/result.h"
#include "lib/base/unique_fd.h"

namespace proxyd::master {

/// How this process was started.
struct Invocation {
  std::vector<char*> arguments;  // argv, ended by a null; borrowed from main
  lib::base::UniqueFd home;      // the folder that was the present one
  std::optional<rlimit> descriptors;  // RLIMIT_NOFILE as it was, for the next worker; set by the master
};

/// The environment variable that tells a process that it is a worker, and on which descriptor its master listens.
inline constexpr const char* kControlVariable = "TRIAD_MASTER_FD";

/// `control` is the worker's end of its packet sockets. Returns once the program runs.
lib::base::Result<pid_t> launch_worker(const Invocation& invocation, const lib::base::UniqueFd& control);

}  // namespace proxyd::master
