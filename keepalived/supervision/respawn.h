// How long a child that died waits before it is started again.
#pragma once

#include "lib/base/time.h"

namespace keepalived::supervision {

/// 0, 1, 2, 4 ... 32, 60 s, as keepalived; from the beginning when the child had lived for a minute.
class Respawn {
 public:
  /// `lived`: how long the child ran that just died.
  lib::base::Duration delay_after(lib::base::Duration lived);

 private:
  lib::base::Duration next_{0};
};

}  // namespace keepalived::supervision
