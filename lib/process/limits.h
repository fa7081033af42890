// Descriptor limits, and how many connections they allow.
#pragma once

#include <cstdint>
#include <vector>

#include "lib/base/result.h"

namespace lib::process {

/// The processors that the process may run on (sched_getaffinity), ascending; 0 where nobody knows.
std::vector<unsigned> processor_numbers();
/// How many these are.
unsigned usable_processors();

struct DescriptorLimit {
  std::uint64_t soft = 0;
  std::uint64_t hard = 0;
};

DescriptorLimit descriptor_limit();
/// Sets RLIMIT_NOFILE's soft limit to `wanted`, and the hard limit where it is lower and privileges allow. Never lowers a
/// limit. When it cannot, the soft limit becomes the hard one, and the error is haproxy's:
/// "Cannot raise FD limit to <n>, limit is <m>."
base::Status raise_descriptor_limit(std::uint64_t wanted);
/// RLIMIT_AS in megabytes (haproxy's -m). 0 leaves it.
base::Status limit_memory(std::uint64_t megabytes);

/// What needs descriptors besides connections. The sums are haproxy's, so that `show info` and the automatic maxconn
/// come out the same; ours needs no more.
struct DescriptorNeeds {
  std::uint32_t listeners = 0;          // bound sockets, stats sockets included
  std::uint32_t checks = 0;             // servers with checks
  std::uint32_t threads = 1;
  std::uint32_t stats_connections = 0;  // "stats maxconn" when there is a stats socket
};

/// haproxy's automatic maxconn: what `limit` descriptors leave after `needs`, two for each connection; at least 1.
/// `limit` is "ulimit-n" when set, else the descriptor limit (at most kDescriptorCap).
std::uint32_t automatic_maxconn(std::uint64_t limit, const DescriptorNeeds& needs);
/// The other way round, maxsock: what `maxconn` connections need, and what RLIMIT_NOFILE is raised to.
std::uint64_t needed_descriptors(std::uint32_t maxconn, const DescriptorNeeds& needs);

inline constexpr std::uint64_t kDescriptorCap = 1048576;

}  // namespace lib::process
