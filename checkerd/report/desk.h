// What reports and runtime commands may ask and change: the daemon.
#pragma once

#include <optional>
#include <vector>

#include "checkerd/checkers/checkers.h"
#include "checkerd/core/pool.h"
#include "checkerd/driver/driver.h"
#include "lib/base/time.h"
#include "parsers/keepalived/config.h"

namespace checkerd::report {

class Desk {
 public:
  virtual ~Desk() = default;
  virtual const parsers::keepalived::KeepalivedConfig& config() const = 0;
  virtual const Pool& pool(std::size_t virtual_server) const = 0;
  virtual checkers::Load load() const = 0;
  virtual checkers::CheckStatus check_status(const checkers::CheckerId& id) const = 0;
  virtual lib::base::Result<std::vector<driver::ServiceUse>> usage() const = 0;
  virtual const char* driver_name() const = 0;
  virtual lib::base::Duration uptime() const = 0;
  virtual void override_state(std::size_t virtual_server, std::size_t server, Override state) = 0;
  /// nullopt: as configured.
  virtual void override_weight(std::size_t virtual_server, std::size_t server, std::optional<std::uint32_t> weight) = 0;
  virtual void enable_checks(std::size_t virtual_server, std::size_t server, bool enabled) = 0;
};

}  // namespace checkerd::report
