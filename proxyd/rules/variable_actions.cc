#include "proxyd/rules/variable_actions.h"

namespace proxyd::rules {
namespace {

/// The process's variables are everybody's: a mere question leaves them alone.
bool may_change(const Actor& actor, const samples::Variable& variable) {
  return !actor.is_dry || variable.scope != samples::Scope::Process;
}

}  // namespace

Flow SetVariable::run(Actor& actor, samples::Context& context) const {
  if (!may_change(actor, variable_)) return Flow::Next;
  samples::Sample value;
  if (expression_->evaluate(context, value)) (void)samples::set_variable_if(variable_, conditions_, context, value);
  return Flow::Next;  // what is not there yet is not waited for
}

Flow SetVariableText::run(Actor& actor, samples::Context& context) const {
  if (!may_change(actor, variable_)) return Flow::Next;
  samples::Sample value;
  (void)value.set_text(actor.text_of(format_, context));
  (void)samples::set_variable_if(variable_, conditions_, context, value);
  return Flow::Next;
}

Flow UnsetVariable::run(Actor& actor, samples::Context& context) const {
  if (!may_change(actor, variable_)) return Flow::Next;
  (void)samples::unset_variable(variable_, context);
  return Flow::Next;
}

}  // namespace proxyd::rules
