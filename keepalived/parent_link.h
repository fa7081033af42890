// The child's end of the pipe to `keepalived`, the parent process that starts vrrpd and checkerd and watches over them.
#pragma once

#include <optional>

#include "lib/base/result.h"
#include "lib/base/unique_fd.h"

namespace keepalived {

/// What a child tells its parent, a byte each.
enum class ChildWord : char { Ready = 'R', Reloaded = 'L', Refused = 'F', Alive = 'A' };

/// Names the descriptor of the pipe. An environment variable, so that all processes show the same command line, as keepalived's do.
inline constexpr const char* kParentVariable = "TRIAD_KEEPALIVED_PIPE";

/// Set to 1: this is no start, but somebody is to stand in until the next one.
inline constexpr const char* kCaretakerVariable = "TRIAD_KEEPALIVED_CARETAKER";
/// Whether it is set. Takes it out of the environment. Call before threads exist.
bool is_caretaker();

class ParentLink {
 public:
  /// Nothing: we were not started by `keepalived`. Takes the variable out of the environment, and the service manager's socket:
  /// the parent speaks to it. Call before threads exist.
  static std::optional<ParentLink> take();
  void tell(ChildWord word);

 private:
  explicit ParentLink(lib::base::UniqueFd pipe) : pipe_{std::move(pipe)} {}
  lib::base::UniqueFd pipe_;
};

}  // namespace keepalived
