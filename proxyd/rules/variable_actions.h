// Actions on variables: set-var, set-var-fmt, unset-var. Pure.
#pragma once

#include "proxyd/rules/action.h"
#include "proxyd/samples/compile.h"
#include "proxyd/samples/variable_access.h"

namespace proxyd::rules {

class SetVariable final : public Action {
 public:
  SetVariable(const samples::Variable& variable, samples::SetConditions conditions, samples::ExpressionPtr expression)
      : variable_{variable}, conditions_{conditions}, expression_{std::move(expression)} {}
  Flow run(Actor& actor, samples::Context& context) const override;

 private:
  samples::Variable variable_;
  samples::SetConditions conditions_;
  samples::ExpressionPtr expression_;
};

class SetVariableText final : public Action {
 public:
  SetVariableText(const samples::Variable& variable, samples::SetConditions conditions, formats::Format format)
      : variable_{variable}, conditions_{conditions}, format_{std::move(format)} {}
  Flow run(Actor& actor, samples::Context& context) const override;

 private:
  samples::Variable variable_;
  samples::SetConditions conditions_;
  formats::Format format_;
};

class UnsetVariable final : public Action {
 public:
  explicit UnsetVariable(const samples::Variable& variable) : variable_{variable} {}
  Flow run(Actor& actor, samples::Context& context) const override;

 private:
  samples::Variable variable_;
};

}  // namespace proxyd::rules
