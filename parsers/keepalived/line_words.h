// The words of a route or rule line, read one after another.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "parsers/keepalived/keyword.h"

namespace parsers::keepalived {

class LineWords {
 public:
  explicit LineWords(Reader& reader) : in{reader} {}

  bool is_done() const { return !good || at >= in.size(); }
  std::string_view word() const { return in.word(at); }
  std::string text() const { return in.text(at); }
  /// Moves to the value of the word here. False: there is none; nothing more of the configuration is read then.
  bool take_value();
  /// The line is dropped: why.
  void fail(std::string message);
  /// The same for a word that is none of `known`.
  void fail_unknown(std::string message, std::span<const std::string_view> known);

  Reader& in;
  std::size_t at = 0;
  bool good = true;
};

/// One keyword of such a line. The word is at `at`, its value, when it takes one, too: take_value() was called.
template <class Line>
struct LineWord {
  std::string_view name;
  bool takes_value;
  void (*read)(Line& line);
  std::string_view usage;
  std::string_view meaning;
};

/// True: the word here is one of the table, and was read. False: it is none.
template <class Line, std::size_t Size>
bool read_line_word(const std::array<LineWord<Line>, Size>& table, Line& line) {
  for (const LineWord<Line>& row : table) {
    if (row.name != line.words.word()) continue;
    if (!row.takes_value || line.words.take_value()) row.read(line);
    ++line.words.at;
    return true;
  }
  return false;
}

/// A or A/B, numbers or names of rt_realms, as the kernel takes it.
std::optional<std::uint32_t> read_realms(const LineWords& words);
/// False: there is no interface of the name here, and that was said.
bool is_known_interface(LineWords& words, const char* what);

}  // namespace parsers::keepalived
