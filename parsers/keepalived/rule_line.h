// Lines of virtual_rules and static_rules.
#pragma once

#include "parsers/keepalived/config.h"
#include "parsers/keepalived/keyword.h"

namespace parsers::keepalived {

void read_rules(const Statement& block, Context& context, bool are_static, std::vector<IpRule>& to);

}  // namespace parsers::keepalived
