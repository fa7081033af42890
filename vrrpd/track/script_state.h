// One vrrp_script's rise and fall (vrrp-behaviour section 7, "Scripts"). Pure.
#pragma once

#include <optional>

#include "vrrpd/track/table.h"

namespace vrrpd::track {

class ScriptState {
 public:
  ScriptState(unsigned rise, unsigned fall, bool init_fail)
      : rise_{rise}, top_{rise + fall - 1}, counter_{rise - 1}, status_{init_fail ? Result::Down : Result::Pending} {}

  /// One run ended. The new status when it changed. The very first run decides at once, whatever rise and fall say.
  std::optional<Result> on_run(bool succeeded);
  Result status() const { return status_; }
  unsigned counter() const { return counter_; }  ///< 0 .. rise + fall - 1, the dump's "Result"
  /// An unchanged script keeps what is known of it over a reload.
  void keep(const ScriptState& before);

 private:
  std::optional<Result> become(Result status);
  unsigned rise_, top_, counter_;
  Result status_;
};

}  // namespace vrrpd::track
