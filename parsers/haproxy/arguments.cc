#include "parsers/haproxy/arguments.h"

#include <algorithm>

#include "lib/base/text.h"

namespace parsers::haproxy {
namespace {

bool is_name_byte(char c) {
  const char lower = lib::base::to_lower(c);
  return (lower >= 'a' && lower <= 'z') || lib::base::is_digit(c) || c == '_' || c == '-' ||
         c == '.' || c == ':';
}

/// What a backslash before `c` makes of it; NUL when both stay.
char unescaped(char c) {
  switch (c) {
    case '\\':
    case '"':
    case '\'':
    case ' ':
      return c;
    case 'n':
      return '\n';
    case 'r':
      return '\r';
    case 't':
      return '\t';
    default:
      return '\0';
  }
}

/// One argument, from `at` to the unquoted comma or parenthesis behind it, or to the end.
std::size_t read_argument(std::string_view text, std::size_t at, std::string& out) {
  char quote = '\0';
  for (; at < text.size(); ++at) {
    const char c = text[at];
    if (quote == '\0' && (c == ',' || c == ')')) return at;
    if (c == quote) {
      quote = '\0';
    } else if (quote == '\0' && (c == '"' || c == '\'')) {
      quote = c;
    } else if (c == '\\' && quote != '\'' && at + 1 < text.size() &&
               unescaped(text[at + 1]) != '\0') {
      out += unescaped(text[++at]);
    } else {
      out += c;
    }
  }
  return at;
}

}  // namespace

std::size_t name_length(std::string_view text) {
  const auto end = std::find_if_not(text.begin(), text.end(), is_name_byte);
  return static_cast<std::size_t>(end - text.begin());
}

ArgumentList read_arguments(std::string_view text, std::size_t begin) {
  ArgumentList list;
  std::size_t at = begin;
  while (true) {
    SampleArgument argument;
    argument.offset = static_cast<std::uint32_t>(at);
    at = read_argument(text, at, argument.text);
    argument.length = static_cast<std::uint32_t>(at) - argument.offset;
    list.arguments.push_back(std::move(argument));
    if (at == text.size() || text[at] != ',') break;
    ++at;
  }
  list.end = at;
  list.is_closed = at < text.size();
  return list;
}

}  // namespace parsers::haproxy
