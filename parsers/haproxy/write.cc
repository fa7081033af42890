#include "parsers/haproxy/write.h"

#include <algorithm>
#include <string_view>

namespace parsers::haproxy {
namespace {

bool is_plain(char letter) { return static_cast<unsigned char>(letter) > ' ' && letter != '\x7f' && std::string_view{"\"'\\#$"}.find(letter) == std::string_view::npos; }

void append_escaped(std::string& out, char letter) {
  constexpr std::string_view kHex = "0123456789abcdef";
  const auto byte = static_cast<unsigned char>(letter);
  switch (letter) {
    case '\n': out += "\\n"; break;
    case '\r': out += "\\r"; break;
    case '\t': out += "\\t"; break;
    case '"':
    case '\\':
    case '$': out.append(1, '\\').append(1, letter); break;
    default:
      if (byte >= ' ' && byte != 0x7f) out += letter;
      else out.append("\\x").append(1, kHex[byte >> 4]).append(1, kHex[byte & 15]);
  }
}

void append_word(std::string& out, std::string_view word) {
  if (!word.empty() && std::all_of(word.begin(), word.end(), is_plain)) {
    out += word;
    return;
  }
  out += '"';
  for (const char letter : word) append_escaped(out, letter);
  out += '"';
}

using Change = std::function<std::string(std::string_view word)>;

void append_line(std::string& out, const Statement& line, const Change& change) {
  for (std::size_t i = 0; i < line.words.size(); ++i) {
    if (i != 0) out += ' ';
    append_word(out, change ? change(line.words[i].text) : std::string{line.words[i].text});
  }
  out += '\n';
}

}  // namespace

std::string write_tree(const Tree& tree, const Change& change) {
  std::string out;
  for (const Section& section : tree.sections) {
    append_line(out, section.header, change);
    for (const Statement& line : section.body) {
      out += '\t';
      append_line(out, line, change);
    }
  }
  return out;
}

}  // namespace parsers::haproxy
