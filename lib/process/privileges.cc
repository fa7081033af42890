#include "lib/process/privileges.h"

#include <cap-ng.h>
#include <grp.h>
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

base::Status become(const Identity& identity) {
  if (identity.gid) {
    // Without the right to do it there is nothing to give up: setgid decides whether the start fails.
    if (::getgroups(0, nullptr) > 0) (void)::setgroups(0, nullptr);
    if (::setgid(*identity.gid) != 0)
      return base::failure("Cannot set gid " + std::to_string(*identity.gid) + ".", errno);
  }
  if (!identity.uid) return {};
  if (::setuid(*identity.uid) != 0)
    return base::failure("Cannot set uid " + std::to_string(*identity.uid) + ".", errno);
  if (*identity.uid == 0) return {};
  // setuid has cleared the permitted set already; inheritable and ambient ones would survive an exec.
  ::capng_clear(CAPNG_SELECT_ALL);
  (void)::capng_apply(CAPNG_SELECT_CAPS);
  return {};
}

bool is_root() { return ::geteuid() == 0; }

void forbid_new_privileges() { (void)::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0); }

void forbid_new_processes() {
  const rlimit none{0, 0};
  (void)::setrlimit(RLIMIT_NPROC, &none);  // hardening only: a kernel that refuses leaves us as we were
}

}  // namespace lib::process
