// Conditions of rules as written, "if a b !c or { path_beg /x }", as data. Knows no ACL: names are
// looked up by whoever gives them a meaning.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "lib/base/result.h"
#include "parsers/haproxy/tree.h"

namespace parsers::haproxy {

/// A named ACL or an anonymous one, perhaps negated. Views are the tree's.
struct ConditionOperand {
  bool negated = false;
  std::string_view name;            // empty when anonymous
  std::span<const Word> anonymous;  // the words between the braces; empty when named
  std::size_t first_word =
      0;  // index into Statement::words of the name, or of the first word between the braces

  bool is_anonymous() const { return name.empty(); }
};

/// True when every operand is.
struct ConditionTerm {
  std::vector<ConditionOperand> operands;
};

/// True when one of the alternatives is; without alternatives (`if` alone) always.
struct RuleCondition {
  bool unless = false;  // the whole is negated
  std::vector<ConditionTerm> alternatives;
};

/// The message as the original words it, without what stands before it ("error detected while
/// parsing ..."), and where.
struct ConditionFault {
  std::string message;
  Place place;
};

/// Reads the words of `line` from index `first`, which must be `if` or `unless`, to the end of the
/// line.
lib::base::Result<RuleCondition, ConditionFault> parse_condition(const Statement& line,
                                                                 std::size_t first);

}  // namespace parsers::haproxy
