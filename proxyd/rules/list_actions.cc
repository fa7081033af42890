#include "proxyd/rules/list_actions.h"

#include "proxyd/rules/message_text.h"

namespace proxyd::rules {

Flow ChangeList::run(Actor& actor, samples::Context& context) const {
  patterns::List* const list = library_->find(name_);
  if (list == nullptr || actor.is_dry) return Flow::Next;
  const std::string_view key = message_text(actor, key_, context);
  switch (change_) {
    case ListChange::DeleteKey: (void)list->erase(key); break;
    case ListChange::AddPattern:  // what is no pattern of this list, and no value of this map, is left out, as with haproxy
      (void)list->insert_once(key);
      break;
    case ListChange::SetMap: (void)list->put(key, message_text(actor, value_, context)); break;
  }
  return Flow::Next;
}

}  // namespace proxyd::rules
