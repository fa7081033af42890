// The shortest safe way from one table to another. Pure.
#pragma once

#include <span>
#include <unordered_map>
#include <vector>

#include "checkerd/core/table.h"

namespace checkerd {

/// What we put into the table is ours; the rest belongs to others, and is left alone.
class Owned {
 public:
  bool has(const ServiceKey& service) const;
  bool has(const ServiceKey& service, const Address& server) const;
  /// After reconcile(): all that was wanted is ours, what was removed no longer. `done`: the changes that succeeded; one
  /// that failed stays ours, and is tried again.
  void update(const Table& wanted, std::span<const Change> done);

 private:
  std::unordered_map<ServiceKey, std::vector<Address>, ServiceKeyHash> services_;
};

/// In an order in which no service is without a healthy server (one with a weight) that had one before and has one at the
/// end, and no server that stays healthy is ever out: new services and servers come before old ones go, what stays is
/// edited in place, weights rise before others fall to 0.
/// Foreign services stay, and foreign servers as long as their service; a foreign service or server that we want, too, is
/// edited and from then on ours. A service of ours that is no longer wanted goes with all its servers, as with keepalived.
/// Both tables may be parts (the services of one virtual server), if they are the same parts and `actual` has nothing of
/// ours besides: what is ours and in `actual`, but not in `wanted`, is removed.
std::vector<Change> reconcile(const Table& actual, const Table& wanted, const Owned& owned);

}  // namespace checkerd
