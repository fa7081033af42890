// The replacement texts of regular expressions: "\1" and its kin. Pure.
#pragma once

#include <string_view>

#include "proxyd/patterns/regex.h"
#include "proxyd/samples/text_output.h"

namespace proxyd::rules {

/// Writes `replacement` with "\0" to "\9" as what `groups` caught in `text` and "\xHH" as a byte; any other character
/// behind a backslash stands for itself. False: it ends within such a thing, or grows too long.
bool fill_replacement(std::string_view replacement, std::string_view text, const patterns::Groups& groups,
                      samples::TextOutput& out);

}  // namespace proxyd::rules
