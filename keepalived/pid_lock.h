// A pid file that is locked for as long as its owner runs, as keepalived's.
#pragma once

#include <string>

#include "lib/base/result.h"
#include "lib/base/unique_fd.h"

namespace keepalived {

class PidLock {
 public:
  PidLock() = default;
  PidLock(PidLock&&) = default;
  PidLock& operator=(PidLock&&) = default;
  ~PidLock();
  /// What the file says from then on: our pid, or what it said before, where its owner is only being stood in for.
  enum class Says : bool { Pid, Same };
  /// The error's code is EWOULDBLOCK when another process holds it.
  static lib::base::Result<PidLock> take(const std::string& path, Says says = Says::Pid);
  /// For daemons that speak for a network namespace: `folder/name.pid`, or, where a daemon in another namespace holds that
  /// one, `folder/name.NUMBER.pid` with this namespace's number.
  static lib::base::Result<PidLock> take_in_namespace(const std::string& folder, const std::string& name, Says says = Says::Pid);
  /// Takes away a file that nobody holds, and makes none; nothing when there is none. EWOULDBLOCK: another process holds it.
  static lib::base::Status clear(const std::string& path);
  static lib::base::Status clear_in_namespace(const std::string& folder, const std::string& name);
  /// Writes our pid: again after a fork.
  lib::base::Status write();
  /// Takes the file away before we are gone.
  void release();
  const std::string& path() const { return path_; }

 private:
  std::string path_;
  lib::base::UniqueFd fd_;
};

}  // namespace keepalived
