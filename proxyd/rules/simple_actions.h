// Actions without arguments that only say what follows (allow, reject, silent-drop), and strict-mode.
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

/// Holds to the end of its list: whoever runs a list begins with a strict actor.
class StrictMode final : public Action {
 public:
  explicit StrictMode(bool on) : on_{on} {}
  Flow run(Actor& actor, samples::Context&) const override {
    actor.is_strict = on_;
    return Flow::Next;
  }

 private:
  bool on_;
};

}  // namespace proxyd::rules
