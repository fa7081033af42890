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
};

/// A stretch of one line, in bytes from 1.
Place place_at(const FileState& file, std::uint32_t line, std::size_t column, std::size_t length);

/// "config : parsing [t.cfg:3]", as messages begin.
std::string parsing_at(const Source& source, std::uint32_t line);

/// "config : parsing [t.cfg:3]: <message>" as an alert.
void report(FileState& file, Place place, std::string_view message, std::string hint = {});

}  // namespace parsers::haproxy
