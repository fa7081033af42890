#include "proxyd/rules/header_actions.h"

namespace proxyd::rules {

Flow PutHeader::run(Actor& actor, samples::Context& context) const {
  lib::http::HeadWriter* const writer = writer_of(actor, message_);
  if (writer == nullptr) return Flow::Next;
  const std::string_view value = actor.text_of(value_, context);  // before the old ones go: it may show them
  if (replaces_) writer->drop(name_);
  return writer->add(name_, value) ? Flow::Next : Flow::Failed;
}

}  // namespace proxyd::rules
