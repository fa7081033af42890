// Descriptor limits, and how many connections they allow.
#pragma once

#include <cstdint>

#include "lib/base/result.h"

namespace lib::process {

struct DescriptorLimit {
  std::uint64_t soft = 0;
  std::uint64_t hard = 0;
};

DescriptorLimit descriptor_limit();
/// Raises RLIMIT_NOFILE to `wanted`, the hard limit too where privileges allow; otherwise takes what it gets.
/// Returns the soft limit now in force.
std::uint64_t raise_descriptor_limit(std::uint64_t wanted);
/// RLIMIT_AS in megabytes (haproxy's -m). 0 leaves it.
base::Status limit_memory(std::uint64_t megabytes);

/// What needs descriptors besides connections.
struct DescriptorNeeds {
  std::uint32_t listeners = 0;      // bound sockets, stats sockets included
  std::uint32_t checks = 0;         // servers with checks
  std::uint32_t threads = 1;
  std::uint32_t per_thread = 2;     // the loop's poller and its wake-up
  std::uint32_t log_sockets = 0;
};

/// haproxy's automatic maxconn: what the descriptor limit leaves after `needs`, two descriptors a connection.
/// At least 1... `limit` is the lower of both limits, at most 1048576 without an explicit one.
std::uint32_t automatic_maxconn(std::uint64_t limit, const DescriptorNeeds& needs);
/// The other way round: descriptors that `maxconn` connections need (maxsock; what ulimit-n is set to by itself).
std::uint64_t needed_descriptors(std::uint32_t maxconn, const DescriptorNeeds& needs);

}  // namespace lib::process
