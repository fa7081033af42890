// Giving up what a start needed: root directory, user, groups, capabilities.
#pragma once

#include <sys/types.h>

#include <cstdint>
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

/// A set of the kernel's capabilities, one bit each: linux/capability.h has the numbers.
using Capabilities = std::uint64_t;
constexpr Capabilities capability(unsigned number) { return Capabilities{1} << number; }
inline constexpr Capabilities kAllCapabilities = ~Capabilities{0};
/// What this thread may make use of.
Capabilities permitted_capabilities();

/// Whom the loss of capabilities reaches: the process alone (a program that it runs may regain what its file gives it), or
/// programs that it runs as well.
enum class Reach : std::uint8_t { Process, Programs };

/// Supplementary groups away, then setgid, then setuid; of the capabilities that there are only `kept` stay, and are in force.
/// For this thread and those that it starts. Errors: "Cannot set gid <n>.", "Cannot set uid <n>.".
base::Status become(const Identity& identity, Capabilities kept, Reach reach);
/// The same without another user. The error: the kernel refuses, and nothing changed.
base::Status keep_capabilities(Capabilities kept, Reach reach);
bool is_root();
/// No program that is run can gain privileges, and none can be run: what haproxy does unless insecure-setuid-wanted or
/// insecure-fork-wanted is set. The latter comes last: it also forbids new threads to an unprivileged user, but where ThreadsAllowed lives.
void forbid_new_privileges();
void forbid_new_processes();

/// Lifts the limit of forbid_new_processes(), which counts threads as well, for as long as it lives. That limit is there against
/// mistakes: who has the process in hand could lift it, too. Against that there is the filter of system calls.
class ThreadsAllowed {
 public:
  ThreadsAllowed();
  ~ThreadsAllowed();
  ThreadsAllowed(const ThreadsAllowed&) = delete;
  ThreadsAllowed& operator=(const ThreadsAllowed&) = delete;

 private:
  bool is_lifted_ = false;
};

}  // namespace lib::process
