// track_group, which ties static addresses, routes and rules to instances.
#pragma once

#include "parsers/keepalived/config.h"
#include "parsers/keepalived/keyword.h"

namespace parsers::keepalived {

void read_track_group(const Statement& block, Context& context);
/// Names to instances, when all are read.
void complete_track_groups(Context& context);

}  // namespace parsers::keepalived
