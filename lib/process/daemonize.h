// Going to the background: the shell gets its prompt back only when the start has succeeded or failed.
#pragma once

#include <sys/types.h>

#include <memory>

#include "lib/base/result.h"
#include "lib/base/unique_fd.h"

namespace lib::process {

/// The child's end of a daemon's start. Call before any thread exists.
class Daemon {
 public:
  /// Forks. In the parent it never returns: it waits until the child says `ready` (exit 0), fails (exit 1, after the
  /// child printed why) or dies. In the child it returns, in a session of its own, standard streams still open.
  static base::Result<std::unique_ptr<Daemon>> begin();
  /// Lets go of the terminal (standard streams become /dev/null unless `keep_streams`) and sends the parent home.
  enum class Streams : std::uint8_t { Close, Keep };
  void ready(Streams streams);

 private:
  Daemon(base::UniqueFd to_parent, base::UniqueFd null) : to_parent_{std::move(to_parent)}, null_{std::move(null)} {}
  base::UniqueFd to_parent_;
  base::UniqueFd null_;  // /dev/null, opened before a chroot hides it
};

/// Standard streams become `null`, an open /dev/null; without one they are closed.
void detach_streams(const base::UniqueFd& null);
/// Opens /dev/null; an empty owner where there is none.
base::UniqueFd open_null();

}  // namespace lib::process
