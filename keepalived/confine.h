// Capabilities that a daemon of keepalived's has no use for, given up once it works.
//
// Only while its file runs no program. A script of root's would get all rights back when it starts, as users expect of
// systemctl or ipvsadm; but the kernel then forgets that it is to end with us (PR_SET_PDEATHSIG), and after a kill -9 of the
// daemon checks would run on. For the same scripts neither no-new-privileges nor a smaller bounding set is possible.
#pragma once

#include "lib/process/privileges.h"
#include "parsers/keepalived/config.h"

namespace keepalived {

/// Whether a file makes the daemons start a program: notify and track scripts, MISC_CHECK, readers of FIFOs.
bool runs_programs(const parsers::keepalived::KeepalivedConfig& config);

/// What the daemons go on with: interfaces, raw sockets, ports, users of scripts that a reload may bring, priorities.
lib::process::Capabilities capabilities_for(const parsers::keepalived::KeepalivedConfig& config);

/// Gives up the rest, where that costs nothing: as root, with a file that runs no program, and unless the service manager
/// forbade new privileges, which would keep scripts that a reload brings from what they need.
void give_up_rights(const parsers::keepalived::KeepalivedConfig& config);

}  // namespace keepalived
