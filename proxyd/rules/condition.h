// Conditions: named and anonymous ACLs combined by "and", "or", "!". Pure.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "proxyd/samples/expression.h"

namespace proxyd::rules {

/// One "acl" line: an expression and patterns to match its result with.
struct AclTerm {
  std::shared_ptr<const samples::Expression> expression;
  enum class Match : std::uint8_t {
    Found,
    Bool,
    Int,
    Ip,
    Str,
    Beg,
    End,
    Sub,
    Dir,
    Dom,
    Len
  } match = Match::Str;
  bool ignore_case = false;
  std::vector<std::string> texts;  // Str, Beg, End, Sub, Dir, Dom (lower case when ignore_case)
  std::vector<lib::net::Prefix> networks;  // Ip
  struct Range {
    std::int64_t low, high;
  };
  std::vector<Range> ranges;  // Int, Len
  bool matches(const samples::Subject& subject, std::string& scratch) const;
};

/// All lines of one name: true when one of them matches.
struct Acl {
  std::string name;
  std::vector<AclTerm> terms;
  bool matches(const samples::Subject& subject, std::string& scratch) const;
};

/// "if a b !c or d": alternatives of conjunctions.
struct Condition {
  struct Operand {
    std::shared_ptr<const Acl> acl;
    bool negated = false;
  };
  std::vector<std::vector<Operand>> alternatives;
  bool unless = false;
  bool holds(const samples::Subject& subject, std::string& scratch) const;
};

}  // namespace proxyd::rules
