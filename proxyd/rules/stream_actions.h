// Actions on the connection and on how a stream is handled: addresses, packets, log level, timeouts, queue, retries. Pure.
#pragma once

#include <memory>

#include "proxyd/rules/action.h"
#include "proxyd/samples/compile.h"

namespace proxyd::rules {

/// "set-src", "set-dst": the address that expressions see. A port stays where the new address can have one.
class SetAddress final : public Action {
 public:
  SetAddress(ClientSide which, samples::ExpressionPtr expression) : which_{which}, expression_{std::move(expression)} {}
  Flow run(Actor& actor, samples::Context& context) const override;

 private:
  ClientSide which_;
  samples::ExpressionPtr expression_;
};

/// "set-src-port", "set-dst-port".
class SetPort final : public Action {
 public:
  SetPort(ClientSide which, samples::ExpressionPtr expression) : which_{which}, expression_{std::move(expression)} {}
  Flow run(Actor& actor, samples::Context& context) const override;

 private:
  ClientSide which_;
  samples::ExpressionPtr expression_;
};

/// "set-tos", "set-mark" and their kin: a number, or an expression.
class SetPacketField final : public Action {
 public:
  SetPacketField(PacketField field, std::uint32_t value, samples::ExpressionPtr expression)
      : field_{field}, value_{value}, expression_{std::move(expression)} {}
  Flow run(Actor& actor, samples::Context& context) const override;

 private:
  PacketField field_;
  std::uint32_t value_;
  samples::ExpressionPtr expression_;  // null: the value
};

class SetNice final : public Action {
 public:
  explicit SetNice(int nice) : nice_{nice} {}
  Flow run(Actor& actor, samples::Context&) const override {
    actor.set_nice(nice_);
    return Flow::Next;
  }

 private:
  int nice_;
};

/// "set-bandwidth-limit": each number as the filter has it, or its own, or from an expression.
class SetBandwidth final : public Action {
 public:
  struct Number {
    std::int64_t value = 0;             // 0: the filter's
    samples::ExpressionPtr expression;  // null: the value
  };
  SetBandwidth(std::shared_ptr<const BandwidthFilter> filter, Number limit, Number period_us)
      : filter_{std::move(filter)}, limit_{std::move(limit)}, period_us_{std::move(period_us)} {}
  Flow run(Actor& actor, samples::Context& context) const override;

 private:
  std::shared_ptr<const BandwidthFilter> filter_;
  Number limit_, period_us_;  // the expression of a period says milliseconds
};

class SetLogLevel final : public Action {
 public:
  explicit SetLogLevel(std::int8_t level) : level_{level} {}
  Flow run(Actor& actor, samples::Context&) const override {
    actor.handling.log_level = level_;
    return Flow::Next;
  }

 private:
  std::int8_t level_;
};

/// "set-timeout": a time, or an expression for milliseconds.
class SetTimeout final : public Action {
 public:
  SetTimeout(std::int64_t Handling::*which, std::int64_t value_us, samples::ExpressionPtr expression)
      : which_{which}, value_us_{value_us}, expression_{std::move(expression)} {}
  Flow run(Actor& actor, samples::Context& context) const override;

 private:
  std::int64_t Handling::*which_;
  std::int64_t value_us_;
  samples::ExpressionPtr expression_;  // null: the value
};

/// "set-priority-class", "set-priority-offset": a stream's place in a queue.
class SetPriority final : public Action {
 public:
  SetPriority(std::int32_t Handling::*which, std::int32_t most, samples::ExpressionPtr expression)
      : which_{which}, most_{most}, expression_{std::move(expression)} {}
  Flow run(Actor& actor, samples::Context& context) const override;

 private:
  std::int32_t Handling::*which_;
  std::int32_t most_;  // by which it is bounded, on both sides
  samples::ExpressionPtr expression_;
};

/// "set-retries": a number, or an expression.
class SetRetries final : public Action {
 public:
  SetRetries(std::int32_t value, samples::ExpressionPtr expression) : value_{value}, expression_{std::move(expression)} {}
  Flow run(Actor& actor, samples::Context& context) const override;

 private:
  std::int32_t value_;
  samples::ExpressionPtr expression_;  // null: the value
};

class DisableRepeats final : public Action {
 public:
  Flow run(Actor& actor, samples::Context&) const override {
    actor.handling.never_repeat = true;
    return Flow::Next;
  }
};

class SilentDrop final : public Action {
 public:
  explicit SilentDrop(std::uint8_t reset_ttl) : reset_ttl_{reset_ttl} {}
  Flow run(Actor& actor, samples::Context&) const override {
    actor.reset_ttl = reset_ttl_;
    return Flow::Drop;
  }

 private:
  std::uint8_t reset_ttl_;
};

/// "expect-proxy layer4", "expect-netscaler-cip layer4".
class ExpectForeword final : public Action {
 public:
  explicit ExpectForeword(Foreword which) : which_{which} {}
  Flow run(Actor& actor, samples::Context&) const override {
    actor.expect_foreword(which_);
    return Flow::Next;
  }

 private:
  Foreword which_;
};

}  // namespace proxyd::rules
