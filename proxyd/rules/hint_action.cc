#include "proxyd/rules/hint_action.h"

#include "proxyd/rules/message_text.h"

namespace proxyd::rules {

Flow EarlyHint::run(Actor& actor, samples::Context& context) const {
  const lib::http::HeadWriter* const writer = actor.request_writer();
  if (actor.is_dry || writer == nullptr || context.request == nullptr || !context.request->is_http11()) return Flow::Next;
  if (!actor.add_hint(name_, message_text(actor, value_, context), context)) return Flow::Failed;
  actor.wait = {.for_hint = true};
  return Flow::Wait;
}

}  // namespace proxyd::rules
