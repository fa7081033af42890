// What a format says, fit to stand in a message head. Pure.
#pragma once

#include "proxyd/rules/action.h"

namespace proxyd::rules {

/// Control characters other than tabs become "%XX", as haproxy writes them: else what a client sends, decoded by an
/// expression, could end a line and begin another one.
std::string_view message_text(Actor& actor, const formats::Format& format, samples::Context& context);

}  // namespace proxyd::rules
