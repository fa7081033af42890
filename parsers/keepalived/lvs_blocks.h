// virtual_server, virtual_server_group and SSL, and the checks that need the whole configuration.
#pragma once

#include <vector>

#include "parsers/keepalived/keyword.h"
#include "parsers/keepalived/virtual_server_draft.h"

namespace parsers::keepalived {

void read_ssl(const Statement& block, Context& context);
void read_virtual_server_group(const Statement& block, Context& context);
/// One virtual_server block; dropped ones leave no draft.
void read_virtual_server(const Statement& block, Context& context, std::vector<VirtualServerDraft>& to);

/// Inherited values, groups, ports, quorums, scripts: after everything is read. Moves the drafts into the configuration.
void complete_virtual_servers(std::vector<VirtualServerDraft>& drafts, Context& context);

}  // namespace parsers::keepalived
