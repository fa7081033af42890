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

/// Makes `path` the root directory and goes there. Error, in haproxy's words: "Cannot chroot(<path>)."
base::Status change_root(const std::string& path);
/// Supplementary groups away, then setgid, then setuid; a user other than root keeps no capability. Without ids nothing
/// happens. Errors: "Cannot set gid <n>.", "Cannot set uid <n>.".
base::Status become(const Identity& identity);
bool is_root();
/// No program that is run can gain privileges, and none can be run: what haproxy does unless insecure-setuid-wanted or
/// insecure-fork-wanted is set. Call it last: it also forbids new threads to an unprivileged user.
void forbid_new_privileges();
void forbid_new_processes();

}  // namespace lib::process
