// Locks of values that all threads read and few change.
#pragma once

#include <shared_mutex>

namespace lib::base {

/// Alone within this scope. (std::shared_lock is for readers.)
class ExclusiveLock {
 public:
  explicit ExclusiveLock(std::shared_mutex& mutex) : mutex_{mutex} { mutex_.lock(); }
  ~ExclusiveLock() { mutex_.unlock(); }
  ExclusiveLock(const ExclusiveLock&) = delete;
  ExclusiveLock& operator=(const ExclusiveLock&) = delete;

 private:
  std::shared_mutex& mutex_;
};

}  // namespace lib::base
