// Words of an .if condition. Remembers what the messages of the original want to know.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "parsers/haproxy/predicate.h"

namespace parsers::haproxy {

enum class PredicateToken : std::uint8_t { End, Truth, And, Or, Not, Open, Close, Foreign };

class PredicateLexer {
 public:
  PredicateLexer(std::string_view text, const PredicateWorld& world) : text_{text}, world_{world} {}

  /// Sets `truth` for PredicateToken::Truth: a number or a predicate's answer.
  PredicateToken next(bool& truth);
  /// Words the fault at the token that was read last, unless reading it was a fault by itself.
  void on_syntax_error();
  const std::optional<TextFault>& fault() const { return fault_; }

 private:
  PredicateToken read(bool& truth);
  PredicateToken read_number(bool& truth);
  PredicateToken read_predicate(std::size_t length, bool& truth);
  void fail(std::size_t offset, std::string message);

  std::string_view text_;
  const PredicateWorld& world_;
  std::size_t at_ = 0;         // first byte not read yet
  std::size_t token_at_ = 0;   // of the last token
  std::size_t before_at_ = 0;  // of the one before it
  PredicateToken token_ = PredicateToken::Open;
  PredicateToken before_ = PredicateToken::Open;
  std::vector<std::size_t> open_;  // parentheses not closed yet
  std::optional<TextFault> fault_;
};

}  // namespace parsers::haproxy
