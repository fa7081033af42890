// Giving up what a start needed: root directory, user, groups, capabilities.
#pragma once

#include <sys/types.h>

#include <optional>
#include <string>
#include <vector>

#include "lib/base/result.h"

namespace lib::process {

/// Who to become. Ids that are not set stay as they are.
struct Identity {
  std::optional<uid_t> uid;
  std::optional<gid_t> gid;
};

/// The id of a user or group by name; nothing when there is none.
std::optional<uid_t> find_user(const std::string& name);
std::optional<gid_t> find_group(const std::string& name);

/// Enters `path`. Errors, haproxy's words: "Cannot chroot(<path>)." 
base::Status change_root(const std::string& path);
/// setgid, setgroups (none but the new one), setuid, in this order; afterwards no capability is left unless the user is
/// root. Errors: "Cannot set gid <n>.", "Cannot set uid <n>.".
base::Status become(const Identity& identity);
/// Names in haproxy's warnings when it starts as root without chroot and without user: see main.
bool is_root();

/// Core dumps and ptrace after a change of user: prctl(PR_SET_DUMPABLE).
void set_dumpable(bool on);

}  // namespace lib::process
