// "early-hint": a field of "103 Early Hints", sent before the answer. Pure: the session sends it.
#pragma once

#include <string>

#include "proxyd/rules/action.h"

namespace proxyd::rules {

/// Those in a row make one answer, as long as only the first of them has a condition.
class EarlyHint final : public Action {
 public:
  EarlyHint(std::string name, formats::Format value) : name_{std::move(name)}, value_{std::move(value)} {}
  Flow run(Actor& actor, samples::Context& context) const override;
  bool is_hint() const override { return true; }

 private:
  std::string name_;  // in lower case
  formats::Format value_;
};

}  // namespace proxyd::rules
