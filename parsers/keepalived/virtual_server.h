// The virtual-server part of a keepalived.conf as typed data: what checkerd runs.
#pragma once

#include <string>
#include <vector>

#include "parsers/common/diagnostic.h"

namespace parsers::keepalived {

/// Everything that checkerd runs. The virtual-server room fills it in: groups, servers, checkers, the SSL block.
struct VirtualServers {
  std::vector<parsers::common::Place> places;  // where each virtual_server block stands
};

}  // namespace parsers::keepalived
