#include "proxyd/rules/start_line_actions.h"

#include "proxyd/rules/message_text.h"
#include "proxyd/rules/replacement.h"

namespace proxyd::rules {

Flow SetMethod::run(Actor& actor, samples::Context& context) const {
  lib::http::HeadWriter* const writer = actor.request_writer();
  if (writer == nullptr) return Flow::Next;
  return writer->set_method(message_text(actor, method_, context)) ? Flow::Next : Flow::Failed;
}

Flow SetTarget::run(Actor& actor, samples::Context& context) const {
  lib::http::HeadWriter* const writer = actor.request_writer();
  if (writer == nullptr) return Flow::Next;
  const std::string_view text = message_text(actor, text_, context);
  return set_part(*writer, part_, text, context.arena()) ? Flow::Next : Flow::Failed;
}

Flow ReplaceTarget::run(Actor& actor, samples::Context& context) const {
  lib::http::HeadWriter* const writer = actor.request_writer();
  if (writer == nullptr) return Flow::Next;
  const std::string_view old = part_of(writer->request()->target_text(), part_);
  if (old.data() == nullptr) return Flow::Next;
  const std::string_view replacement = message_text(actor, replacement_, context);
  patterns::Groups& groups = context.scratch.workspace.groups;
  if (!regex_->find(old, groups)) return Flow::Next;
  samples::TextOutput out{context.arena()};
  if (!fill_replacement(replacement, old, groups, out)) return Flow::Failed;
  return set_part(*writer, part_, out.finish(), context.arena()) ? Flow::Next : Flow::Failed;
}

Flow SetStatus::run(Actor& actor, samples::Context&) const {
  lib::http::HeadWriter* const writer = actor.response_writer();
  if (writer == nullptr) return Flow::Next;
  return writer->set_status(status_, reason_) ? Flow::Next : Flow::Failed;
}

}  // namespace proxyd::rules
