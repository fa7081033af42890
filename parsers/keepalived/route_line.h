// Lines of virtual_routes and static_routes.
#pragma once

#include "parsers/keepalived/config.h"
#include "parsers/keepalived/keyword.h"

namespace parsers::keepalived {

void read_routes(const Statement& block, Context& context, bool are_static, std::vector<IpRoute>& to);

}  // namespace parsers::keepalived
