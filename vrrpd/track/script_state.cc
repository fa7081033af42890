#include "vrrpd/track/script_state.h"

namespace vrrpd::track {

std::optional<Result> ScriptState::become(Result status) {
  if (status_ == status) return std::nullopt;
  status_ = status;
  return status;
}

std::optional<Result> ScriptState::on_run(bool succeeded) {
  if (succeeded) {
    if (counter_ + 1 < rise_) {
      ++counter_;
      return std::nullopt;
    }
    counter_ = top_;
    return become(Result::Up);
  }
  if (counter_ > rise_) {
    --counter_;
    return std::nullopt;
  }
  counter_ = 0;
  return become(Result::Down);
}

void ScriptState::keep(const ScriptState& before) {
  if (before.status_ == Result::Pending) return;
  status_ = before.status_;
  counter_ = status_ == Result::Up ? top_ : 0;
}

}  // namespace vrrpd::track
