// A sample expression as tokens: calls and the commas between them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "parsers/haproxy/sample.h"

namespace parsers::haproxy {

enum class SampleToken : std::uint8_t { End, Call, Comma, Faulty };

/// What a byte that belongs to no expression means: the expression ends before it, or is wrong.
enum class SampleEnd : std::uint8_t { Anywhere, WithText };

class SampleLexer {
 public:
  SampleLexer(std::string_view text, SampleEnd end, bool begins_with_fetch)
      : text_{text}, end_{end}, expects_fetch_{begins_with_fetch} {}

  SampleToken next(SampleCall& call);
  std::size_t position() const { return at_; }
  const std::optional<TextFault>& fault() const { return fault_; }

 private:
  SampleToken read_call(std::size_t length, SampleCall& call);
  SampleToken end_or_fault();
  void fail(std::size_t offset, std::size_t length, std::string message);

  std::string_view text_;
  SampleEnd end_;
  bool expects_fetch_;  // no call was read yet, and the first is a fetch
  std::size_t at_ = 0;
  std::string last_;  // "fetch keyword 'src'": what a missing comma would follow
  std::optional<TextFault> fault_;
};

/// All calls up to the end, or to the lexer's fault; in sample.yy.
void parse_calls(SampleLexer& lexer, std::vector<SampleCall>& calls);

}  // namespace parsers::haproxy
