// Actions that let time pass: pause, wait-for-body, wait-for-handshake. Pure: the session waits.
#pragma once

#include <algorithm>

#include "proxyd/rules/action.h"

namespace proxyd::rules {

/// "wait-for-body": rules behind it see the body, or as much of it as a buffer takes.
class WaitForBody final : public Action {
 public:
  WaitForBody(std::int64_t us, std::uint64_t at_least) : us_{us}, at_least_{at_least} {}
  Flow run(Actor& actor, samples::Context&) const override {
    actor.wait = {.us = us_, .for_body = true, .at_least = at_least_};
    return Flow::Wait;
  }

 private:
  std::int64_t us_;
  std::uint64_t at_least_;
};

/// "wait-for-handshake": rules behind it, and the server, see only what no recording of an earlier request can be.
class WaitForHandshake final : public Action {
 public:
  Flow run(Actor& actor, samples::Context&) const override {
    if (!actor.is_early()) return Flow::Next;
    actor.wait = {.for_handshake = true};
    return Flow::Wait;
  }
};

/// "pause": for a time, or as many milliseconds as an expression says.
class Pause final : public Action {
 public:
  Pause(std::int64_t us, samples::ExpressionPtr expression) : us_{us}, expression_{std::move(expression)} {}
  Flow run(Actor& actor, samples::Context& context) const override {
    std::int64_t us = us_;
    if (expression_ != nullptr) {
      samples::Sample sample;
      if (!expression_->evaluate(context, sample)) return Flow::Next;
      if (!samples::cast(sample, samples::Type::Int, context.arena())) return Flow::Next;
      us = sample.number <= 0 ? 0 : std::min(sample.number, kLongest) * 1000;
    }
    if (us == 0) return Flow::Next;
    actor.wait = {.us = us};
    return Flow::Wait;
  }

 private:
  static constexpr std::int64_t kLongest = INT32_MAX;  // ms
  std::int64_t us_;
  samples::ExpressionPtr expression_;
};

}  // namespace proxyd::rules
