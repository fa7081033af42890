#include "proxyd/samples/expression.h"

namespace proxyd::samples {

std::uint64_t Scratch::random() {
  // xorshift64*: fast, and good enough to draw servers and ids by.
  random_state ^= random_state >> 12;
  random_state ^= random_state << 25;
  random_state ^= random_state >> 27;
  return random_state * 0x2545f4914f6cdd1dU;
}

bool Expression::convert(Context& context, Sample& sample) const {
  for (const Step& step : steps) {
    if (!cast(sample, step.in, context.arena())) return false;
    if (!step.convert(step.arguments, context, sample)) return false;
  }
  return true;
}

bool Expression::any(Context& context, const Visitor& visitor) const {
  if (each == nullptr) {
    Sample sample;
    return evaluate(context, sample) && visitor(context, sample);
  }
  if (steps.empty()) return each(arguments, context, visitor);
  struct Relay {
    const Expression* expression;
    const Visitor* visitor;
  } relay{this, &visitor};
  const auto ask = [](void* asker, Context& inner, Sample& sample) {
    const Relay& to = *static_cast<const Relay*>(asker);
    return to.expression->convert(inner, sample) && (*to.visitor)(inner, sample);
  };
  return each(arguments, context, Visitor{ask, &relay});
}

}  // namespace proxyd::samples
