// What the lexer, the line reader and the tree builder share while one file is read.
#pragma once

#include <cstdint>
#include <string_view>

#include "parsers/haproxy/tree.h"

namespace parsers::haproxy {

struct FileState {
  Tree& tree;
  const Source& source;
  Environment& environment;
  const Predicates& predicates;
  Diagnostics& diagnostics;
  std::string_view section;  // for "${.SECTION}": the name, or the keyword when there is none
  std::size_t bad_lines = 0;  // with alerts of the parser
  std::uint32_t last_bad_line = 0;
  bool is_hopeless() const { return bad_lines > kMostBadLines; }  // the rest of the file is passed over
};

/// A stretch of one line, in bytes from 1.
Place place_at(const FileState& file, std::uint32_t line, std::size_t column, std::size_t length);

/// "config : parsing [t.cfg:3]", as messages begin.
std::string parsing_at(const Source& source, std::uint32_t line);

/// "config : parsing [t.cfg:3]: <message>" as an alert. In a hopeless file only the first one past the limit is given, and
/// says that.
void report(FileState& file, Place place, std::string_view message, std::string hint = {});

}  // namespace parsers::haproxy
