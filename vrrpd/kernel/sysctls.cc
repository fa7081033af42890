#include "vrrpd/kernel/sysctls.h"

#include <sys/stat.h>
#include <unistd.h>

#include <cstdio>
#include <fstream>

#include "lib/netlink/netlink.h"

namespace vrrpd::kernel {

unsigned long network_namespace() {
  struct stat facts{};
  return ::stat("/proc/thread-self/ns/net", &facts) == 0 ? facts.st_ino : 0;
}

void Sysctls::remember_in(std::string file) {
  file_ = std::move(file);
  std::ifstream in{file_};
  unsigned long space = 0;
  if (!(in >> space) || space != network_namespace()) return;
  std::string path;
  int before = 0;
  while (in >> path >> before)
    if (path.find("..") == std::string::npos) leftovers_[path] = before;
}

/// A file that cannot be written is none: then a crash leaves the settings as we had them.
void Sysctls::save() const {
  if (file_.empty()) return;
  if (held_.empty() && leftovers_.empty()) {
    (void)::unlink(file_.c_str());
    return;
  }
  const std::string fresh = file_ + ".new";
  {
    std::ofstream out{fresh};
    out << network_namespace() << '\n';
    for (const auto& [path, held] : held_) out << path << ' ' << held.before << '\n';
    for (const auto& [path, before] : leftovers_) out << path << ' ' << before << '\n';
  }
  (void)std::rename(fresh.c_str(), file_.c_str());
}

void Sysctls::restore_leftovers() {
  if (leftovers_.empty()) return;
  for (const auto& [path, before] : leftovers_) (void)lib::netlink::write_sysctl(path, before);  // as in release()
  leftovers_.clear();
  save();
}

lib::base::Status Sysctls::hold(const std::string& path, int value) {
  if (const auto found = held_.find(path); found != held_.end()) {
    ++found->second.users;
    return lib::netlink::write_sysctl(path, value);
  }
  const auto before = lib::netlink::read_sysctl(path);
  if (!before) return tl::unexpected{before.error()};
  const auto leftover = leftovers_.extract(path);
  held_[path] = {.before = leftover ? leftover.mapped() : *before, .users = 1};
  save();  // before it changes
  if (*before == value) return {};
  auto done = lib::netlink::write_sysctl(path, value);
  if (done) return {};
  held_.erase(path);
  save();
  return done;
}

void Sysctls::release(const std::string& path) {
  const auto found = held_.find(path);
  if (found == held_.end() || --found->second.users > 0) return;
  (void)lib::netlink::write_sysctl(path, found->second.before);  // its interface may be gone, and the setting with it
  held_.erase(found);
  save();
}

void Sysctls::restore_all() {
  restore_leftovers();
  if (held_.empty()) return;
  for (const auto& [path, held] : held_) (void)lib::netlink::write_sysctl(path, held.before);  // as in release()
  held_.clear();
  save();
}

const int* Sysctls::original(const std::string& path) const {
  const auto found = held_.find(path);
  return found == held_.end() ? nullptr : &found->second.before;
}

}  // namespace vrrpd::kernel
