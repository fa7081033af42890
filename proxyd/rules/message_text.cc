#include "proxyd/rules/message_text.h"

#include <algorithm>

#include "proxyd/samples/text_output.h"

namespace proxyd::rules {
namespace {

bool ends_lines(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return (byte < 0x20 && c != '\t') || byte == 0x7f;
}

}  // namespace

std::string_view message_text(Actor& actor, const formats::Format& format, samples::Context& context) {
  const std::string_view text = actor.text_of(format, context);
  if (std::none_of(text.begin(), text.end(), ends_lines)) return text;
  samples::TextOutput out{context.arena()};
  for (const char c : text) {
    if (ends_lines(c)) {
      out.put('%');
      out.put_hex(static_cast<unsigned char>(c));
    } else {
      out.put(c);
    }
  }
  return out.finish();
}

}  // namespace proxyd::rules
