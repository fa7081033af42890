#include "lib/process/limits.h"

#include <sched.h>
#include <sys/resource.h>

#include <algorithm>
#include <cerrno>
#include <string>

namespace lib::process {
namespace {

/// Streams, pollers, pipes and the like that haproxy sets aside, whatever the configuration.
constexpr std::uint64_t kReserved = 10;
constexpr std::uint64_t kPerThread = 3;

std::uint64_t reserved(const DescriptorNeeds& needs) {
  return kReserved + kPerThread * needs.threads + needs.listeners + needs.checks + needs.stats_connections;
}

}  // namespace

std::vector<unsigned> processor_numbers() {
  cpu_set_t usable;
  CPU_ZERO(&usable);
  std::vector<unsigned> numbers;
  if (::sched_getaffinity(0, sizeof usable, &usable) == 0)
    for (unsigned each = 0; each < CPU_SETSIZE; ++each)
      if (CPU_ISSET(each, &usable)) numbers.push_back(each);
  if (numbers.empty()) numbers.push_back(0);
  return numbers;
}

unsigned usable_processors() { return static_cast<unsigned>(processor_numbers().size()); }

DescriptorLimit descriptor_limit() {
  rlimit limit{};
  (void)::getrlimit(RLIMIT_NOFILE, &limit);  // cannot fail for this resource
  return {limit.rlim_cur, limit.rlim_max};
}

base::Status raise_descriptor_limit(std::uint64_t wanted) {
  const DescriptorLimit now = descriptor_limit();
  if (now.soft >= wanted) return {};
  rlimit limit{wanted, std::max<rlim_t>(now.hard, wanted)};
  if (::setrlimit(RLIMIT_NOFILE, &limit) == 0) return {};
  const int fault = errno;
  limit = {now.hard, now.hard};
  (void)::setrlimit(RLIMIT_NOFILE, &limit);  // at least as far as it goes
  return base::failure(
      "Cannot raise FD limit to " + std::to_string(wanted) + ", limit is " + std::to_string(now.hard) + ".", fault);
}

base::Status limit_memory(std::uint64_t megabytes) {
  if (megabytes == 0) return {};
  const rlim_t bytes = megabytes << 20;
  const rlimit limit{bytes, bytes};
  if (::setrlimit(RLIMIT_AS, &limit) != 0)
    return base::failure("Cannot fix MEM limit to " + std::to_string(megabytes) + " megs.", errno);
  return {};
}

std::uint32_t automatic_maxconn(std::uint64_t limit, const DescriptorNeeds& needs) {
  const std::uint64_t taken = reserved(needs);
  const std::uint64_t usable = std::min(limit, kDescriptorCap);
  if (usable <= taken + 1) return 1;
  return static_cast<std::uint32_t>((usable - taken) / 2);
}

std::uint64_t needed_descriptors(std::uint32_t maxconn, const DescriptorNeeds& needs) {
  return 2ULL * maxconn + reserved(needs);
}

}  // namespace lib::process
