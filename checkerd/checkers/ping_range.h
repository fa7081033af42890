// Lets this process open unprivileged ICMP sockets: widens net.ipv4.ping_group_range to include its group, and puts it back.
#pragma once

#include <string>

#include "lib/base/result.h"

namespace checkerd::checkers {

class PingRange {
 public:
  PingRange() = default;
  ~PingRange() { restore(); }
  PingRange(const PingRange&) = delete;
  PingRange& operator=(const PingRange&) = delete;
  /// Does nothing when our group is in the range already. `path`: of the sysctl, for tests.
  lib::base::Status widen(const std::string& path = "/proc/sys/net/ipv4/ping_group_range");
  /// Unless somebody changed it since.
  void restore();

 private:
  std::string path_, before_, ours_;  // empty: nothing to restore
};

/// What the sysctl must say so that `group` is in: nothing when it is. "1\t0" is the empty range. Pure.
std::string widened(const std::string& range, unsigned group);

}  // namespace checkerd::checkers
