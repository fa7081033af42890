// The words of a rule's condition as tokens: a word may carry its negations with it, braces enclose
// an anonymous ACL.
#pragma once

#include <cstddef>
#include <optional>

#include "parsers/haproxy/condition.h"

namespace parsers::haproxy {

enum class ConditionToken : std::uint8_t { End, Not, Or, Operand, Faulty };

class ConditionLexer {
 public:
  /// Words of `line` from index `first` on.
  ConditionLexer(const Statement& line, std::size_t first) : line_{line}, at_{first} {}

  /// Sets `operand` for ConditionToken::Operand, but for its negation.
  ConditionToken next(ConditionOperand& operand);
  const std::optional<ConditionFault>& fault() const { return fault_; }

 private:
  ConditionToken read_anonymous(ConditionOperand& operand);

  const Statement& line_;
  std::size_t at_;         // word
  std::size_t bangs_ = 0;  // read from its start
  std::optional<ConditionFault> fault_;
};

}  // namespace parsers::haproxy
