// The kernel's table as ipvsadm(8) prints it, whichever driver has it.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "checkerd/driver/driver.h"

namespace checkerd::report {

/// `ipvsadm -Ln`, in its order. `first_line`: what the kernel says of itself.
std::string ipvs_text(std::string_view first_line, std::vector<driver::ServiceUse> all);
/// The first line of /proc/net/ip_vs, or that the table is another driver's.
std::string ipvs_first_line(std::string_view driver_name);

}  // namespace checkerd::report
