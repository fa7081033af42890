// What stands after the name of an "acl" line, or between the braces of an anonymous one: an expression, flags, patterns.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "lib/base/result.h"
#include "parsers/haproxy/tree.h"
#include "proxyd/rules/condition.h"
#include "proxyd/samples/environment.h"

namespace proxyd::rules {

/// Why a line is refused, as the original words it after "error detected while parsing ACL 'x' : ".
struct AclFault {
  std::string message;
  std::size_t word = 0;    // index into the words given
  std::size_t offset = 0;  // within that word; length 0: the whole word
  std::size_t length = 0;
  std::string hint;
};

struct AclLine {
  AclTerm term;
  /// The original's warning about an ACL that can never match, or empty.
  std::string warning;
};

lib::base::Result<AclLine, AclFault> compile_acl(std::span<const parsers::haproxy::Word> words,
                                                 samples::Environment& environment);

}  // namespace proxyd::rules
