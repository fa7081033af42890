#include "keepalived/supervision/respawn.h"

#include <algorithm>

namespace keepalived::supervision {

using lib::base::Duration;

namespace {

constexpr Duration kFirst{1'000'000}, kMost{60'000'000}, kLongLife{60'000'000};

}  // namespace

Duration Respawn::delay_after(Duration lived) {
  if (lived >= kLongLife) next_ = Duration{0};
  const Duration delay = next_;
  next_ = delay.count() == 0 ? kFirst : std::min(delay * 2, kMost);
  return delay;
}

}  // namespace keepalived::supervision
