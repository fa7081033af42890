// Conditions: named and anonymous ACLs combined by "and", "or", "!". Pure.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "proxyd/patterns/table.h"
#include "proxyd/samples/compile.h"
#include "proxyd/samples/expression.h"

namespace proxyd::rules {

/// An answer that may have to wait for data: Missing only where the context is not final. "and" takes the least, "or" the
/// most, "not" turns round.
enum class Verdict : std::uint8_t { No, Missing, Yes };
constexpr Verdict negated(Verdict verdict) { return static_cast<Verdict>(2 - static_cast<int>(verdict)); }

/// One "acl" line: an expression and patterns to match its values with.
struct AclTerm {
  samples::ExpressionPtr expression;
  patterns::Method match = patterns::Method::Str;
  std::vector<std::shared_ptr<patterns::Table>> tables;  // the line's words, and a file's each
  Verdict test(samples::Context& context) const;
};

/// All lines of one name: true when one of them matches.
struct Acl {
  std::string name;  // empty: anonymous
  std::vector<AclTerm> terms;
  Verdict test(samples::Context& context) const;
  /// False when none of its terms can be evaluated there: it never matches.
  bool is_usable(samples::Place place) const;
};

/// "if a b !c or d": alternatives of conjunctions.
struct Condition {
  struct Operand {
    std::shared_ptr<const Acl> acl;
    bool negated = false;
  };
  std::vector<std::vector<Operand>> alternatives;
  bool unless = false;

  Verdict test(samples::Context& context) const;
  bool holds(samples::Context& context) const { return test(context) == Verdict::Yes; }
};

}  // namespace proxyd::rules
