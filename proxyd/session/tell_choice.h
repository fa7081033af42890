// For those who explain: each line that chooses, as it is looked at.
#pragma once

#include <string_view>

#include "proxyd/session/stream.h"

namespace proxyd::session {

/// `line` has a place, a text and a condition. Costs nothing where nobody listens.
template <class Line>
void tell_choice(const Stream& stream, const Line& line, std::string_view result, samples::Context& context) {
  if (stream.observer == nullptr) return;
  const std::string place = line.place.text();
  stream.observer->saw_choice({.place = place, .text = line.text, .condition = line.condition.get()}, result, context);
}

}  // namespace proxyd::session
