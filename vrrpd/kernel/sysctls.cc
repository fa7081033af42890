#include "vrrpd/kernel/sysctls.h"

#include "lib/netlink/netlink.h"

namespace vrrpd::kernel {

lib::base::Status Sysctls::hold(const std::string& path, int value) {
  if (const auto found = held_.find(path); found != held_.end()) {
    ++found->second.users;
    return lib::netlink::write_sysctl(path, value);
  }
  const auto before = lib::netlink::read_sysctl(path);
  if (!before) return tl::unexpected{before.error()};
  if (*before != value)
    if (auto done = lib::netlink::write_sysctl(path, value); !done) return done;
  held_[path] = {.before = *before, .users = 1};
  return {};
}

void Sysctls::release(const std::string& path) {
  const auto found = held_.find(path);
  if (found == held_.end() || --found->second.users > 0) return;
  (void)lib::netlink::write_sysctl(path, found->second.before);  // its interface may be gone, and the setting with it
  held_.erase(found);
}

void Sysctls::restore_all() {
  for (const auto& [path, held] : held_) (void)lib::netlink::write_sysctl(path, held.before);  // as in release()
  held_.clear();
}

const int* Sysctls::original(const std::string& path) const {
  const auto found = held_.find(path);
  return found == held_.end() ? nullptr : &found->second.before;
}

}  // namespace vrrpd::kernel
