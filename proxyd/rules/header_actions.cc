#include "proxyd/rules/header_actions.h"

#include "lib/base/text.h"
#include "proxyd/rules/message_text.h"
#include "proxyd/rules/replacement.h"
#include "proxyd/rules/target_parts.h"
#include "proxyd/samples/header_values.h"
#include "proxyd/samples/text_output.h"

namespace proxyd::rules {
namespace {

using lib::http::HeadWriter;

/// A target that names a host has to name the one of a Host field that was set.
bool keep_in_step(HeadWriter& writer, std::string_view name, std::string_view value, samples::Arena& arena) {
  if (writer.request() == nullptr || !lib::base::equal_ignoring_case(name, "host")) return true;
  return set_authority(writer, value, arena);
}

/// Writes what a field's value becomes; `changed` tells whether anything matched. False: the replacement is none.
bool replace_items(const patterns::Regex& regex, std::string_view value, std::string_view replacement, patterns::Groups& groups,
                   samples::TextOutput& out, bool& changed) {
  std::string_view rest = value;
  for (bool more = true; more;) {
    const std::string_view before = rest;
    std::string_view item;
    more = samples::next_list_value(rest, item);
    if (regex.find(item, groups)) {
      if (!fill_replacement(replacement, item, groups, out)) return false;  // the blanks around it go, as with haproxy
      changed = true;
    } else {
      out.put(more ? before.substr(0, before.size() - rest.size() - 1) : before);
    }
    if (more) out.put(',');
  }
  return !out.overflowed();
}

bool replace_line(const patterns::Regex& regex, std::string_view value, std::string_view replacement, patterns::Groups& groups,
                  samples::TextOutput& out, bool& changed) {
  changed = regex.find(value, groups);
  return !changed || fill_replacement(replacement, value, groups, out);
}

}  // namespace

Flow PutHeader::run(Actor& actor, samples::Context& context) const {
  HeadWriter* const writer = writer_of(actor, message_);
  if (writer == nullptr) return Flow::Next;
  const std::string_view value = message_text(actor, value_, context);  // before the old ones go: it may show them
  if (replaces_) writer->drop(name_);
  if (!writer->add(name_, value)) return Flow::Failed;
  return keep_in_step(*writer, name_, value, context.arena()) ? Flow::Next : Flow::Failed;
}

bool DropHeaders::matches(std::string_view name, patterns::Groups& groups) const {
  switch (how_) {
    case NameMatch::Exact: return name == name_;
    case NameMatch::Begins: return name.starts_with(name_);
    case NameMatch::Ends: return name.ends_with(name_);
    case NameMatch::Contains: return name.find(name_) != std::string_view::npos;
    case NameMatch::Regex: break;
  }
  return regex_->find(name, groups);
}

Flow DropHeaders::run(Actor& actor, samples::Context& context) const {
  HeadWriter* const writer = writer_of(actor, message_);
  if (writer == nullptr) return Flow::Next;
  for (lib::http::Field& field : writer->head().fields)
    if (!field.dropped && matches(writer->head().name(field), context.scratch.workspace.groups)) writer->drop(field);
  return Flow::Next;
}

Flow ReplaceValue::run(Actor& actor, samples::Context& context) const {
  HeadWriter* const writer = writer_of(actor, message_);
  if (writer == nullptr) return Flow::Next;
  const std::string_view replacement = message_text(actor, replacement_, context);
  const auto replace = unit_ == ValueUnit::Line ? replace_line : replace_items;
  for (lib::http::Field& field : writer->head().fields) {
    if (field.dropped || writer->head().name(field) != name_) continue;
    const samples::ArenaScope scope{context.arena()};
    samples::TextOutput out{context.arena()};
    bool changed = false;
    if (!replace(*regex_, writer->head().value(field), replacement, context.scratch.workspace.groups, out, changed))
      return Flow::Failed;
    if (!changed) continue;
    const std::string_view made = out.finish();
    if (!writer->replace_value(field, made) || !keep_in_step(*writer, name_, made, context.arena())) return Flow::Failed;
  }
  return Flow::Next;
}

}  // namespace proxyd::rules
