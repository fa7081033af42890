// Where the trackers report to: the daemon.
#pragma once

#include <string_view>

#include "vrrpd/core/engine.h"
#include "vrrpd/track/table.h"

namespace vrrpd::track {

class Sink {
 public:
  virtual ~Sink() = default;
  /// The faults, pending results or weights of an instance changed.
  virtual void on_effect(const Effect& effect) = 0;
  virtual void on_log(Level level, std::string_view line) = 0;
};

}  // namespace vrrpd::track
