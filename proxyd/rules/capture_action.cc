#include "proxyd/rules/capture_action.h"

namespace proxyd::rules {

Flow Capture::run(Actor&, samples::Context& context) const {
  samples::Sample sample;
  if (expression_->evaluate(context, sample))
    (void)context.subject.capture(of_response_, slot_, samples::text_of(sample, context.arena()));  // a slot that the frontend does not have is left alone
  return context.missing && !context.is_final ? Flow::Missing : Flow::Next;
}

}  // namespace proxyd::rules
