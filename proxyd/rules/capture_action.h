// "capture": keeps what an expression yields for the log. Pure.
#pragma once

#include "proxyd/rules/action.h"
#include "proxyd/samples/compile.h"

namespace proxyd::rules {

class Capture final : public Action {
 public:
  Capture(bool of_response, std::uint32_t slot, samples::ExpressionPtr expression)
      : of_response_{of_response}, slot_{slot}, expression_{std::move(expression)} {}
  Flow run(Actor& actor, samples::Context& context) const override;

 private:
  bool of_response_;
  std::uint32_t slot_;  // among the frontend's; one that it does not have is left alone
  samples::ExpressionPtr expression_;
};

}  // namespace proxyd::rules
