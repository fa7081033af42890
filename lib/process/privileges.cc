#include "lib/process/privileges.h"

#include <cap-ng.h>
#include <grp.h>
#include <linux/capability.h>
#include <pwd.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include <cerrno>

namespace lib::process {

std::optional<uid_t> find_user(const std::string& name) {
  const passwd* entry = ::getpwnam(name.c_str());
  if (entry == nullptr) return std::nullopt;
  return entry->pw_uid;
}

std::optional<gid_t> find_group(const std::string& name) {
  const group* entry = ::getgrnam(name.c_str());
  if (entry == nullptr) return std::nullopt;
  return entry->gr_gid;
}

base::Status change_root(const std::string& path) {
  if (::chroot(path.c_str()) != 0) return base::failure("Cannot chroot(" + path + ").", errno);
  if (::chdir("/") != 0) return base::failure("Cannot chroot(" + path + ").", errno);
  return {};
}

Capabilities permitted_capabilities() {
  Capabilities out = 0;
  ::capng_clear(CAPNG_SELECT_BOTH);
  if (::capng_get_caps_process() != 0) return 0;
  for (unsigned number = 0; number <= CAP_LAST_CAP; ++number)
    if (::capng_have_capability(CAPNG_PERMITTED, number) != 0) out |= capability(number);
  return out;
}

namespace {

/// Out of reach of a program that root runs, which would have them all again. Takes CAP_SETPCAP: it comes before all else goes.
void bound_programs(Capabilities kept) {
  for (unsigned number = 0; number <= CAP_LAST_CAP; ++number)
    if ((kept & capability(number)) == 0) (void)::prctl(PR_CAPBSET_DROP, number, 0, 0, 0);  // without the right to do it there is nothing to lose
}

}  // namespace

base::Status keep_capabilities(Capabilities kept, Reach reach) {
  kept &= permitted_capabilities();
  if (reach == Reach::Programs) bound_programs(kept);
  ::capng_clear(CAPNG_SELECT_CAPS);  // inheritable and ambient ones, which would survive an exec, go as well
  for (unsigned number = 0; number <= CAP_LAST_CAP; ++number)
    if ((kept & capability(number)) != 0) (void)::capng_update(CAPNG_ADD, static_cast<capng_type_t>(CAPNG_EFFECTIVE | CAPNG_PERMITTED), number);
  if (::capng_apply(CAPNG_SELECT_CAPS) != 0) return base::failure("Cannot drop capabilities.", errno);
  return {};
}

base::Status become(const Identity& identity, Capabilities kept, Reach reach) {
  kept &= permitted_capabilities();
  if (reach == Reach::Programs) bound_programs(kept);
  if (identity.gid) {
    // Without the right to do it there is nothing to give up: setgid decides whether the start fails.
    if (::getgroups(0, nullptr) > 0) (void)::setgroups(0, nullptr);
    if (::setgid(*identity.gid) != 0)
      return base::failure("Cannot set gid " + std::to_string(*identity.gid) + ".", errno);
  }
  if (identity.uid) {
    if (kept != 0) (void)::prctl(PR_SET_KEEPCAPS, 1, 0, 0, 0);  // else setuid clears the permitted set
    if (::setuid(*identity.uid) != 0)
      return base::failure("Cannot set uid " + std::to_string(*identity.uid) + ".", errno);
  }
  return keep_capabilities(kept, Reach::Process);
}

bool is_root() { return ::geteuid() == 0; }

void forbid_new_privileges() { (void)::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0); }

void forbid_new_processes() {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NPROC, &limit) != 0) return;
  limit.rlim_cur = 0;
  (void)::setrlimit(RLIMIT_NPROC, &limit);  // hardening only: a kernel that refuses leaves us as we were
}

ThreadsAllowed::ThreadsAllowed() {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NPROC, &limit) != 0 || limit.rlim_cur != 0) return;
  limit.rlim_cur = limit.rlim_max;
  is_lifted_ = ::setrlimit(RLIMIT_NPROC, &limit) == 0;
}

ThreadsAllowed::~ThreadsAllowed() {
  if (is_lifted_) forbid_new_processes();
}

}  // namespace lib::process
