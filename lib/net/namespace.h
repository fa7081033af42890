// Network namespaces of the system by name, as `ip netns` makes them.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "lib/base/result.h"
#include "lib/base/unique_fd.h"

namespace lib::net {

/// An open namespace. It lives on as long as this does, whatever becomes of its name.
class Namespace {
 public:
  /// Fails where there is none of that name under /run/netns.
  static lib::base::Result<std::shared_ptr<const Namespace>> open(std::string_view name);
  const std::string& name() const { return name_; }

 private:
  friend class NamespaceScope;
  std::string name_;
  lib::base::UniqueFd fd_, home_;  // home_: where the process was when this was opened
};

/// The calling thread is in that namespace until the end of the scope. What is opened in it stays there.
class NamespaceScope {
 public:
  explicit NamespaceScope(const Namespace& name_space);
  ~NamespaceScope();
  NamespaceScope(const NamespaceScope&) = delete;
  NamespaceScope& operator=(const NamespaceScope&) = delete;
  /// False: the system did not let us in (errno says why).
  bool is_inside() const { return is_inside_; }

 private:
  const Namespace& name_space_;
  bool is_inside_;
};

}  // namespace lib::net
