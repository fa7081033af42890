#include "proxyd/rules/binary_headers.h"

#include <algorithm>

#include "lib/base/text.h"
#include "lib/http/scan.h"
#include "proxyd/rules/target_parts.h"
#include "proxyd/samples/text_output.h"

namespace proxyd::rules {
namespace {

using lib::http::HeadWriter;

/// haproxy's form: below 240 one byte; else its upper four bits are set, and what is left follows in pieces of seven bits.
bool take_number(std::string_view& rest, std::uint64_t& number) {
  constexpr unsigned kOneByte = 240, kMostShift = 4 + 7 * 8;
  if (rest.empty()) return false;
  number = static_cast<unsigned char>(rest.front());
  rest.remove_prefix(1);
  if (number < kOneByte) return true;
  for (unsigned shift = 4; shift <= kMostShift && !rest.empty(); shift += 7) {
    const std::uint64_t byte = static_cast<unsigned char>(rest.front());
    rest.remove_prefix(1);
    number += byte << shift;
    if (byte < 128) return true;
  }
  return false;
}

bool is_name(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return lib::http::is_token(c); });
}

bool is_value(std::string_view text) {
  return std::none_of(text.begin(), text.end(), [](char c) { return c == '\r' || c == '\n' || c == '\0'; });
}

/// The next field of a list; false at its end, or where it is none (`fine` tells which).
bool take_field(std::string_view& rest, std::string_view& name, std::string_view& value, bool& fine) {
  fine = true;
  if (rest.empty()) return false;
  fine = take_counted_text(rest, name);
  if (!fine || name.empty()) return false;
  fine = is_name(name) && take_counted_text(rest, value) && is_value(value);
  return fine;
}

/// Binary text of the expression; false when it has none.
bool list_of(const samples::Expression& expression, samples::Context& context, std::string_view& list) {
  samples::Sample sample;
  if (!expression.evaluate(context, sample) || !sample.is_text()) return false;
  list = sample.text;
  return true;
}

bool is_list(std::string_view list) {
  std::string_view name, value;
  bool fine = true;
  while (take_field(list, name, value, fine)) {
  }
  return fine;
}

std::string_view prefixed(std::string_view prefix, std::string_view name, samples::Arena& arena) {
  samples::TextOutput out{arena};
  out.put(prefix);
  for (const char c : name) out.put(lib::base::to_lower(c));
  return out.finish();
}

}  // namespace

bool take_counted_text(std::string_view& rest, std::string_view& text) {
  std::uint64_t size = 0;
  if (!take_number(rest, size) || size > rest.size()) return false;
  text = rest.substr(0, static_cast<std::size_t>(size));
  rest.remove_prefix(text.size());
  return true;
}

Flow PutHeaders::run(Actor& actor, samples::Context& context) const {
  HeadWriter* const writer = writer_of(actor, message_);
  std::string_view list;
  if (writer == nullptr || !list_of(*list_, context, list)) return Flow::Next;
  if (!is_list(list)) return Flow::Failed;
  std::string_view name, value;
  bool fine = true;
  if (replaces_)
    for (std::string_view rest = list; take_field(rest, name, value, fine);) {
      const samples::ArenaScope scope{context.arena()};
      writer->drop(prefixed(prefix_, name, context.arena()));
    }
  for (std::string_view rest = list; take_field(rest, name, value, fine);) {
    const samples::ArenaScope scope{context.arena()};
    const std::string_view whole = prefixed(prefix_, name, context.arena());
    if (!writer->add(whole, value)) return Flow::Failed;
    if (writer->request() != nullptr && whole == "host" && !set_authority(*writer, value, context.arena())) return Flow::Failed;
  }
  return Flow::Next;
}

Flow DropListedHeaders::run(Actor& actor, samples::Context& context) const {
  HeadWriter* const writer = writer_of(actor, message_);
  std::string_view list;
  if (writer == nullptr || !list_of(*list_, context, list)) return Flow::Next;
  while (!list.empty()) {
    std::string_view name;
    if (!take_counted_text(list, name)) return Flow::Failed;
    if (name.empty()) break;
    for (lib::http::Field& field : writer->head().fields) {
      const std::string_view present = writer->head().name(field);
      const bool is_meant = how_ == NameMatch::Begins ? present.size() >= name.size() && lib::base::equal_ignoring_case(present.substr(0, name.size()), name)
                                                      : lib::base::equal_ignoring_case(present, name);
      if (!field.dropped && is_meant) writer->drop(field);
    }
  }
  return Flow::Next;
}

}  // namespace proxyd::rules
