// Actions on start lines: set-method, set-path and its kin, replace-path and its kin, set-status. Pure.
#pragma once

#include <memory>
#include <string>

#include "proxyd/patterns/regex.h"
#include "proxyd/rules/action.h"
#include "proxyd/rules/target_parts.h"

namespace proxyd::rules {

class SetMethod final : public Action {
 public:
  explicit SetMethod(formats::Format method) : method_{std::move(method)} {}
  Flow run(Actor& actor, samples::Context& context) const override;

 private:
  formats::Format method_;
};

/// "set-path", "set-pathq", "set-query", "set-uri".
class SetTarget final : public Action {
 public:
  SetTarget(TargetPart part, formats::Format text) : part_{part}, text_{std::move(text)} {}
  Flow run(Actor& actor, samples::Context& context) const override;

 private:
  TargetPart part_;
  formats::Format text_;
};

/// "replace-path", "replace-pathq", "replace-uri": the whole part, where the expression matches within it.
class ReplaceTarget final : public Action {
 public:
  ReplaceTarget(TargetPart part, std::shared_ptr<const patterns::Regex> regex, formats::Format replacement)
      : part_{part}, regex_{std::move(regex)}, replacement_{std::move(replacement)} {}
  Flow run(Actor& actor, samples::Context& context) const override;

 private:
  TargetPart part_;
  std::shared_ptr<const patterns::Regex> regex_;
  formats::Format replacement_;
};

class SetStatus final : public Action {
 public:
  SetStatus(unsigned status, std::string reason) : status_{status}, reason_{std::move(reason)} {}
  Flow run(Actor& actor, samples::Context& context) const override;

 private:
  unsigned status_;
  std::string reason_;
};

}  // namespace proxyd::rules
