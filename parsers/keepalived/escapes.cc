#include "parsers/keepalived/escapes.h"

#include "lib/base/text.h"

namespace parsers::keepalived {
namespace {

bool is_octal(char c) { return c >= '0' && c <= '7'; }
int hex_value(char c) {
  if (lib::base::is_digit(c)) return c - '0';
  const char lower = lib::base::to_lower(c);
  return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

/// The character of an escape whose first character behind the backslash is at `at`; leaves `at` behind it.
char read_escape(std::string_view text, std::size_t& at) {
  const char c = text[at++];
  switch (c) {
    case 'a': return '\a';
    case 'b': return '\b';
    case 'E': return '\033';
    case 'f': return '\f';
    case 'n': return '\n';
    case 'r': return '\r';
    case 't': return '\t';
    case 'v': return '\v';
    default: break;
  }
  unsigned value = 0;
  if (is_octal(c)) {
    value = static_cast<unsigned>(c - '0');
    for (int i = 0; i < 2 && at < text.size() && is_octal(text[at]); ++i) value = value * 8 + static_cast<unsigned>(text[at++] - '0');
    return static_cast<char>(value);
  }
  if (c == 'x' && at < text.size() && hex_value(text[at]) >= 0) {
    while (at < text.size() && hex_value(text[at]) >= 0) value = (value << 4U | static_cast<unsigned>(hex_value(text[at++]))) & 0xffU;
    return static_cast<char>(value);
  }
  if (c == 'c' && at < text.size()) return static_cast<char>(text[at++] & 0x1f);
  return c;
}

}  // namespace

std::vector<std::string> split_escaped(std::string_view text) {
  std::vector<std::string> words;
  std::string word;
  bool in_word = false;
  char quote = 0;
  for (std::size_t at = 0; at < text.size();) {
    const char c = text[at++];
    if (c == '\\' && at < text.size()) {
      word += read_escape(text, at);
      in_word = true;
    } else if (quote == 0 && lib::base::is_blank(c)) {
      if (in_word) words.push_back(std::move(word));
      word.clear();
      in_word = false;
    } else if (quote == 0 ? c == '"' || c == '\'' : c == quote) {
      quote = quote == 0 ? c : 0;
      in_word = true;
    } else {
      word += c;
      in_word = true;
    }
  }
  if (in_word) words.push_back(std::move(word));
  return words;
}

}  // namespace parsers::keepalived
