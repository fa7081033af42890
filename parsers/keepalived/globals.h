// global_defs, and what stands at the root of a file beside the blocks.
#pragma once

#include "parsers/keepalived/keyword.h"

namespace parsers::keepalived {

void read_global_defs(const Statement& block, Context& context);
void read_garp_group(const Statement& block, Context& context);
/// Defaults that come from the host: names, addresses, the script user.
void complete_globals(Context& context);

}  // namespace parsers::keepalived
