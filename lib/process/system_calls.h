// Only the system calls that a network daemon makes (seccomp, by libseccomp).
#pragma once

#include <cstdint>

#include "lib/base/result.h"

namespace lib::process {

struct SystemCallRules {
  bool programs = false;     // new processes and programs may be started; threads always may
  bool name_spaces = false;  // setns()
  enum class Answer : std::uint8_t {
    Deny,  // the call fails with EPERM: what was not foreseen costs a feature, not the service
    Kill,  // the process ends with SIGSYS
    Log,   // the call goes on: for trying out
  } answer = Answer::Deny;  // the kernel's log has the number of the call, whatever the answer
};

/// Whether this build and this kernel have seccomp, for all threads at once.
bool can_restrict_system_calls();

/// For all threads of the process, those that run already included. Cannot be taken back, and forbids to gain rights as
/// forbid_new_privileges() does: without that only root might have a filter. The error: this kernel or this build
/// has no seccomp.
base::Status restrict_system_calls(const SystemCallRules& rules);

}  // namespace lib::process
