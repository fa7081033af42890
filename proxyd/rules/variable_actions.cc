#include "proxyd/rules/variable_actions.h"

namespace proxyd::rules {

Flow SetVariable::run(Actor&, samples::Context& context) const {
  samples::Sample value;
  if (expression_->evaluate(context, value)) (void)samples::set_variable_if(variable_, conditions_, context, value);
  return context.missing && !context.is_final ? Flow::Missing : Flow::Next;
}

Flow SetVariableText::run(Actor& actor, samples::Context& context) const {
  samples::Sample value;
  (void)value.set_text(actor.text_of(format_, context));
  (void)samples::set_variable_if(variable_, conditions_, context, value);
  return Flow::Next;
}

Flow UnsetVariable::run(Actor&, samples::Context& context) const {
  (void)samples::unset_variable(variable_, context);
  return Flow::Next;
}

}  // namespace proxyd::rules
