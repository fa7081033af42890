#include "parsers/haproxy/sample.h"

namespace parsers::haproxy {

Place place_within(const Statement& line, std::size_t word, std::size_t offset, std::size_t length) {
  Place place = line.place(word);
  if (word >= line.words.size()) return place;
  const Word& whole = line.words[word];
  const bool is_verbatim = !whole.quoted && whole.text.size() == whole.length;
  // "text" in one pair of quotes, nothing escaped, stands one byte further.
  const bool is_one_quoted_piece = whole.quoted && whole.text.size() + 2 == whole.length;
  if ((!is_verbatim && !is_one_quoted_piece) || offset > whole.text.size()) return place;
  place.column += static_cast<std::uint32_t>(offset + (is_one_quoted_piece ? 1 : 0));
  place.length = static_cast<std::uint32_t>(length);
  return place;
}

}  // namespace parsers::haproxy
