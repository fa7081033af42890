// Words with quotes and escapes, as regex lines have them.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace parsers::keepalived {

/// The words of a line: blanks part them, double and single quotes group. Everywhere \a \b \E \f \n \r \t \v, \ and up to three
/// octal digits, \x and hex digits, \cC for a control character; before any other character a backslash only protects it.
std::vector<std::string> split_escaped(std::string_view text);

}  // namespace parsers::keepalived
