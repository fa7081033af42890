// Actions without arguments that only say what follows: allow, reject, silent-drop.
#pragma once

#include "proxyd/rules/action.h"

namespace proxyd::rules {

class Conclude final : public Action {
 public:
  explicit Conclude(Flow flow) : flow_{flow} {}
  Flow run(Actor&, samples::Context&) const override { return flow_; }

 private:
  Flow flow_;
};

}  // namespace proxyd::rules
