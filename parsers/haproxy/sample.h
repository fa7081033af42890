// Sample expressions as written, "req.hdr(host,-1),lower,map(/f)", as data. Knows no fetch and no
// converter: names and arguments are checked by whoever gives them a meaning.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "lib/base/result.h"
#include "parsers/haproxy/tree.h"

namespace parsers::haproxy {

/// Why a piece of text cannot be read, and which of its bytes are to blame (offset 0 is its first).
struct TextFault {
  std::string message;
  std::size_t offset = 0;
  std::size_t length = 0;
};

/// One argument after the second reading of quotes and backslashes. "f()" has none, "f(,)" has two
/// empty ones.
struct SampleArgument {
  std::string text;
  std::uint32_t offset = 0;  // of its first byte as written, in the parsed text
  std::uint32_t length = 0;
};

/// A fetch or a converter with its arguments.
struct SampleCall {
  std::string name;
  std::vector<SampleArgument> arguments;
  std::uint32_t offset = 0;  // of the name in the parsed text
  std::uint32_t length = 0;  // of the whole call, with the closing parenthesis
};

struct SampleExpression {
  SampleCall fetch;
  std::vector<SampleCall> converters;
  std::size_t consumed = 0;  // bytes of the text that belong to it
};

/// The whole of `text` is one expression.
lib::base::Result<SampleExpression, TextFault> parse_sample(std::string_view text);

/// `text` begins with an expression: it ends at the first byte that cannot belong to it (see
/// `consumed`).
lib::base::Result<SampleExpression, TextFault> parse_sample_prefix(std::string_view text);

/// The whole of `text` is a list of converters, "lower,map(/f)": they may stand in words of their
/// own.
lib::base::Result<std::vector<SampleCall>, TextFault> parse_converters(std::string_view text);

/// The place of `length` bytes at `offset` of a word's text: exact when the word has the file's own
/// bytes, else the whole word.
Place place_within(const Statement& line, std::size_t word, std::size_t offset, std::size_t length);

}  // namespace parsers::haproxy
