// Numbers of each instance for monitoring: Prometheus text.
#pragma once

#include <string>

#include "vrrpd/report/snapshot.h"

namespace vrrpd::report {

/// Text format 0.0.4; names begin with "vrrpd_instance_".
std::string prometheus_text(const Snapshot& snapshot);

}  // namespace vrrpd::report
