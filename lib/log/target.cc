#include "lib/log/target.h"

#include <algorithm>

namespace lib::log {

TargetId TargetTable::add(const Target& target) {
  const auto known = std::ranges::find(targets_, target);
  if (known != targets_.end()) return static_cast<TargetId>(known - targets_.begin());
  targets_.push_back(target);
  return static_cast<TargetId>(targets_.size() - 1);
}

}  // namespace lib::log
