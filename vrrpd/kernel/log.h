// Where the rooms of this folder write their lines: the daemon gives it to them.
#pragma once

#include <functional>
#include <string_view>

#include "vrrpd/core/engine.h"

namespace vrrpd::kernel {

/// `details` says whether lines at Level::Detail (-D) are wanted at all: they are not even built otherwise.
struct Log {
  std::function<void(Level, std::string_view)> write;
  bool details = false;
  void always(std::string_view line) const {
    if (write) write(Level::Always, line);
  }
  void detail(std::string_view line) const {
    if (write && details) write(Level::Detail, line);
  }
};

}  // namespace vrrpd::kernel
