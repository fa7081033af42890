#include "parsers/haproxy/sample.h"

#include <iterator>
#include <optional>
#include <utility>

#include "parsers/haproxy/sample_lexer.h"

namespace parsers::haproxy {
namespace {

using lib::base::Result;

Result<SampleExpression, TextFault> parse_expression(std::string_view text, SampleEnd end) {
  SampleLexer lexer{text, end, true};
  std::vector<SampleCall> calls;
  parse_calls(lexer, calls);
  if (lexer.fault()) return tl::unexpected<TextFault>{*lexer.fault()};
  SampleExpression expression;
  expression.fetch = std::move(calls.front());
  expression.converters.assign(std::make_move_iterator(calls.begin() + 1),
                               std::make_move_iterator(calls.end()));
  expression.consumed = lexer.position();
  return expression;
}

/// How many bytes of the line stand before the word's text, when that is there as written; none
/// otherwise.
std::optional<std::uint32_t> verbatim_offset(const Statement& line, const Word& word) {
  const std::string_view written = line.source->line(line.line);
  if (written.size() + 1 < word.column + word.length) return std::nullopt;
  const std::string_view own = written.substr(word.column - 1, word.length);
  if (own == word.text) return 0;
  if (own.size() == word.text.size() + 2 && own.substr(1, word.text.size()) == word.text) return 1;
  return std::nullopt;
}

}  // namespace

Result<SampleExpression, TextFault> parse_sample(std::string_view text) {
  return parse_expression(text, SampleEnd::WithText);
}

Result<SampleExpression, TextFault> parse_sample_prefix(std::string_view text) {
  return parse_expression(text, SampleEnd::Anywhere);
}

Result<std::vector<SampleCall>, TextFault> parse_converters(std::string_view text) {
  SampleLexer lexer{text, SampleEnd::WithText, false};
  std::vector<SampleCall> calls;
  parse_calls(lexer, calls);
  if (lexer.fault()) return tl::unexpected<TextFault>{*lexer.fault()};
  return calls;
}

Place place_within(const Statement& line, std::size_t word, std::size_t offset,
                   std::size_t length) {
  Place place = line.place(word);
  if (word >= line.words.size() || offset > line.words[word].text.size()) return place;
  const auto before = verbatim_offset(line, line.words[word]);
  if (!before) return place;
  place.column += static_cast<std::uint32_t>(offset) + *before;
  place.length = static_cast<std::uint32_t>(length);
  return place;
}

}  // namespace parsers::haproxy
