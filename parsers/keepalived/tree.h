// The statement tree of a keepalived.conf: lines of words, and blocks of them, each with its place. Knows no keyword's
// meaning.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "parsers/common/diagnostic.h"

namespace parsers::keepalived {

using parsers::common::Place;
using parsers::common::Source;

struct Word {
  std::string text;          // without its quotes
  std::uint32_t column = 0;  // 1-based; 0: the line was made by a definition, so that only the line is known
  std::uint32_t length = 0;
  bool quoted = false;
  bool unterminated = false;
};

/// A line with at least one word, and the block that belongs to it.
struct Statement {
  const Source* source = nullptr;
  std::uint32_t line = 0;
  std::vector<Word> words;
  std::string raw;           // all behind the first word as it stood, comments taken off: scripts split it their own way
  bool has_block = false;
  std::uint32_t end_line = 0;  // of the brace that closes the block; 0: none, or never closed
  std::vector<Statement> body;

  std::string_view keyword() const { return words.front().text; }
  std::string_view word(std::size_t index) const {
    return index < words.size() ? std::string_view{words[index].text} : std::string_view{};
  }
  Place place(std::size_t index) const {
    if (index >= words.size()) return {.source = source, .line = line, .column = 0, .length = 0};
    return {.source = source, .line = line, .column = words[index].column, .length = words[index].length};
  }
  Place whole() const { return place(0); }
};

/// A line after includes, conditions and definitions, ready to be cut into words.
struct LogicalLine {
  const Source* source = nullptr;
  std::uint32_t line = 0;
  bool is_original = true;   // the text is the file's own: columns mean something
  std::string text;
};

struct Tree {
  std::vector<std::shared_ptr<const Source>> sources;  // kept as long as a place may be shown
  std::vector<Statement> statements;
};

}  // namespace parsers::keepalived
