// Conditions of .if, .elif and -cc.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "lib/base/result.h"
#include "parsers/haproxy/sample.h"
#include "parsers/haproxy/tree.h"

namespace parsers::haproxy {

enum class Truth : std::uint8_t { False, True, Unreadable };

/// What predicates are asked about.
struct PredicateWorld {
  const Environment& environment;
  const Predicates& predicates;
};

/// One predicate: a name, how many arguments, and the answer to them.
struct Predicate {
  std::string_view name;
  std::size_t arity;
  bool (*holds)(const PredicateWorld& world, std::span<const SampleArgument> arguments);
};
const Predicate* find_predicate(std::string_view name);

/// The whole text as one condition, by the grammar in predicate.yy. A fault's message is the
/// original's.
lib::base::Result<bool, TextFault> evaluate(std::string_view text, const PredicateWorld& world);

/// The words of an .if or .elif behind its keyword, joined by single blanks.
Truth evaluate_line(const Statement& line, const Environment& environment,
                    const Predicates& predicates, Diagnostics& diagnostics);

}  // namespace parsers::haproxy
