#include "proxyd/rules/stream_actions.h"

#include <algorithm>

namespace proxyd::rules {
namespace {

/// The expression's value as a number; nothing when it has none.
bool number_of(const samples::Expression& expression, samples::Context& context, std::int64_t& out) {
  samples::Sample value;
  if (!expression.evaluate(context, value) || !samples::cast(value, samples::Type::Int, context.arena())) return false;
  out = value.number;
  return true;
}

}  // namespace

Flow SetAddress::run(Actor& actor, samples::Context& context) const {
  samples::Sample value;
  if (!expression_->evaluate(context, value) || !samples::cast(value, samples::Type::Address, context.arena()))
    return Flow::Next;
  const lib::net::Address before = actor.address(which_);
  value.address.set_port(before.is_ip() ? before.port() : 0);
  actor.set_address(which_, value.address, context.place);
  return Flow::Next;
}

Flow SetPort::run(Actor& actor, samples::Context& context) const {
  std::int64_t port = 0;
  if (!number_of(*expression_, context, port)) return Flow::Next;
  lib::net::Address address = actor.address(which_);
  if (!address.is_ip()) address = lib::net::Address::ipv4(0);
  address.set_port(static_cast<std::uint16_t>(port));
  actor.set_address(which_, address, context.place);
  return Flow::Next;
}

Flow SetPacketField::run(Actor& actor, samples::Context& context) const {
  std::int64_t value = value_;
  if (expression_ == nullptr || number_of(*expression_, context, value))
    actor.set_packet_field(field_, static_cast<std::uint32_t>(value));
  return Flow::Next;
}

Flow SetBandwidth::run(Actor& actor, samples::Context& context) const {
  const auto read = [&context](const Number& number, std::int64_t usual, std::int64_t unit) {
    std::int64_t value = 0;
    if (number.expression == nullptr) return number.value > 0 ? number.value : usual;
    const bool is_good = number_of(*number.expression, context, value) && value > 0;
    return is_good ? std::min(value, std::int64_t{UINT32_MAX}) * unit : usual;
  };
  const std::int64_t limit = read(limit_, static_cast<std::int64_t>(filter_->limit), 1);
  const std::int64_t period_us = read(period_us_, filter_->period_us, 1000);
  actor.limit_bandwidth(*filter_, static_cast<std::uint64_t>(limit), period_us);
  return Flow::Next;
}

Flow SetTimeout::run(Actor& actor, samples::Context& context) const {
  std::int64_t ms = 0;
  if (expression_ == nullptr) {
    actor.handling.*which_ = value_us_;
  } else if (number_of(*expression_, context, ms) && ms > 0) {
    actor.handling.*which_ = std::min(ms, std::int64_t{INT32_MAX}) * 1000;
  }
  return Flow::Next;
}

Flow SetPriority::run(Actor& actor, samples::Context& context) const {
  std::int64_t value = 0;
  if (number_of(*expression_, context, value))
    actor.handling.*which_ = static_cast<std::int32_t>(std::clamp<std::int64_t>(value, -most_, most_));
  return Flow::Next;
}

Flow SetRetries::run(Actor& actor, samples::Context& context) const {
  std::int64_t value = value_;
  if (expression_ == nullptr || (number_of(*expression_, context, value) && value >= 0))
    actor.handling.retries = static_cast<std::int32_t>(std::min<std::int64_t>(value, INT32_MAX));
  return Flow::Next;
}

}  // namespace proxyd::rules
