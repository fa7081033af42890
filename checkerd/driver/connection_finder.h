// Which server of which service a tracked connection is with, for counting them. Pure.
#pragma once

#include <unordered_map>
#include <vector>

#include "checkerd/driver/driver.h"
#include "lib/netlink/conntrack.h"

namespace checkerd::driver {

class ConnectionFinder {
 public:
  /// `uses` outlives the finder.
  explicit ConnectionFinder(std::vector<ServiceUse>& uses);
  /// nullptr: with none. A connection that a mark led does not say so: services of marks are asked last.
  DestinationUse* find(const lib::netlink::Connection& connection) const;

 private:
  DestinationUse* find(const ServiceKey& key, const lib::netlink::Connection& connection) const;

  std::unordered_map<ServiceKey, ServiceUse*, ServiceKeyHash> by_key_;
  std::vector<ServiceUse*> marked_;
};

}  // namespace checkerd::driver
