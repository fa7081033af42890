#include "proxyd/sandbox.h"

#include <linux/capability.h>
#include <unistd.h>

#include <optional>

#include "lib/process/privileges.h"
#include "lib/process/system_calls.h"

namespace proxyd {

using lib::process::Capabilities;
using lib::process::capability;

namespace {

constexpr Capabilities kNetwork = capability(CAP_NET_ADMIN) | capability(CAP_NET_RAW);

/// What a process that stays root goes on with: ports, sockets with owners, files of others and limits at a reload, the end of a
/// predecessor. It loses what reaches beyond a proxy: modules, devices, mounts, the clock, other processes' memory, accounts.
constexpr Capabilities kOfRoot = kNetwork | capability(CAP_NET_BIND_SERVICE) | capability(CAP_DAC_OVERRIDE) | capability(CAP_DAC_READ_SEARCH) | capability(CAP_CHOWN) |
                                 capability(CAP_FOWNER) | capability(CAP_KILL) | capability(CAP_SYS_RESOURCE);

/// Who the process becomes once its sockets are open.
std::optional<lib::process::Identity> identity_of(const config::Global& global) {
  lib::process::Identity identity{.uid = global.uid, .gid = global.gid};
  if (!global.user.empty()) identity.uid = lib::process::find_user(global.user);
  if (!global.group.empty()) identity.gid = lib::process::find_group(global.group);
  const bool known = (global.user.empty() || identity.uid) && (global.group.empty() || identity.gid);
  return known ? std::optional{identity} : std::nullopt;
}

/// The kinds of rights that a configuration needs for as long as it runs.
struct Needs {
  bool network = false;      // foreign source addresses, one interface, marks: CAP_NET_ADMIN or CAP_NET_RAW
  bool name_spaces = false;  // connections opened in other namespaces: CAP_SYS_ADMIN
};

Needs needs_of(const config::Config& config) { return {.network = config.needs_network_rights(), .name_spaces = config.needs_name_space_rights()}; }

/// The first thing that `held` does not allow, or null.
const char* missing_right(const Needs& needs, Capabilities held) {
  if (needs.network && (held & kNetwork) == 0) return "cap_net_admin or cap_net_raw";
  if (needs.name_spaces && (held & capability(CAP_SYS_ADMIN)) == 0) return "cap_sys_admin";
  return nullptr;
}

}  // namespace

lib::base::Result<Entered> enter_sandbox(const config::Config& config) {
  const config::Global& global = config.global;
  const auto identity = identity_of(global);  // names are looked up before the chroot hides them
  if (!identity) return lib::base::failure("cannot find user or group");
  if (global.sandbox.system_calls != config::Sandbox::SystemCalls::All && !lib::process::can_restrict_system_calls())
    return lib::base::failure("'sandbox seccomp' : this kernel has no such filters.");
  const Needs needs = needs_of(config);
  const bool stays = !identity->uid || *identity->uid == ::geteuid();
  const bool ends_as_root = identity->uid.value_or(::geteuid()) == 0;
  Capabilities kept = global.sandbox.kept_capabilities;
  if (ends_as_root) kept |= kOfRoot | (needs.name_spaces ? capability(CAP_SYS_ADMIN) : 0);
  if (!ends_as_root && !stays && missing_right(needs, kept) != nullptr)
    return lib::base::failure("Some configuration options require full privileges, so global.uid cannot be changed.");
  if (!global.chroot.empty())
    if (auto done = lib::process::change_root(global.chroot); !done) return tl::unexpected{done.error()};
  // A program that was given capabilities by its file, and stays who it is, keeps them: somebody wanted it so.
  if (!ends_as_root && stays) kept |= lib::process::permitted_capabilities();
  const auto reach = global.sandbox.may_gain ? lib::process::Reach::Process : lib::process::Reach::Programs;
  if (auto done = lib::process::become(*identity, kept, reach); !done) return tl::unexpected{done.error()};
  if (!global.sandbox.may_gain) lib::process::forbid_new_privileges();
  Entered out;
  const Capabilities lacking = global.sandbox.kept_capabilities & ~lib::process::permitted_capabilities();
  if (lacking == 0) return out;
  if (const char* const missing = missing_right(needs, lib::process::permitted_capabilities()); missing != nullptr)
    return lib::base::failure(std::string{"'setcap' : this process never had "} + missing + ", which the configuration needs.");
  out.warning = "'setcap' : this process never had all of these capabilities, going on without.";
  return out;
}

lib::base::Status close_sandbox(const config::Config& config) {
  using config::Sandbox;
  const Sandbox& sandbox = config.global.sandbox;
  if (!sandbox.may_fork) lib::process::forbid_new_processes();
  lib::process::SystemCallRules rules{.programs = sandbox.may_fork, .name_spaces = needs_of(config).name_spaces, .answer = {}};
  switch (sandbox.system_calls) {
    case Sandbox::SystemCalls::All: return {};
    case Sandbox::SystemCalls::DenyOthers: rules.answer = lib::process::SystemCallRules::Answer::Deny; break;
    case Sandbox::SystemCalls::KillAtOthers: rules.answer = lib::process::SystemCallRules::Answer::Kill; break;
    case Sandbox::SystemCalls::LogOthers: rules.answer = lib::process::SystemCallRules::Answer::Log; break;
  }
  return lib::process::restrict_system_calls(rules);
}

}  // namespace proxyd
