#include "lib/net/namespace.h"

#include <fcntl.h>
#include <sched.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>

namespace lib::net {

lib::base::Result<std::shared_ptr<const Namespace>> Namespace::open(std::string_view name) {
  // The name is one of a folder's entries, not a way out of it.
  if (name.empty() || name.find('/') != std::string_view::npos || name == "." || name == "..")
    return lib::base::failure("not a name", EINVAL);
  auto opened = std::make_shared<Namespace>();
  opened->name_ = name;
  opened->fd_ = lib::base::UniqueFd{::open(("/run/netns/" + opened->name_).c_str(), O_RDONLY | O_CLOEXEC)};
  if (!opened->fd_) return lib::base::failure(std::strerror(errno), errno);
  opened->home_ = lib::base::UniqueFd{::open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC)};
  if (!opened->home_) return lib::base::failure(std::strerror(errno), errno);
  return std::shared_ptr<const Namespace>{std::move(opened)};
}

NamespaceScope::NamespaceScope(const Namespace& name_space)
    : name_space_{name_space}, is_inside_{::setns(name_space.fd_.get(), CLONE_NEWNET) == 0} {}

NamespaceScope::~NamespaceScope() {
  const int code = errno;
  // A thread that cannot go back would open all further sockets in the wrong place.
  if (is_inside_ && ::setns(name_space_.home_.get(), CLONE_NEWNET) != 0) std::abort();
  errno = code;
}

}  // namespace lib::net
