// keepalived_check.data: the configuration that runs and how everything stands, in the shape of keepalived's checker process.
#pragma once

#include <string>

#include "checkerd/report/desk.h"

namespace checkerd::report {

/// What SIGUSR1 writes and `show config` shows. Times of virtual and real servers stand at the checkers that have them.
std::string data_text(const Desk& desk);

}  // namespace checkerd::report
