// The arguments of a fetch or converter: from text to what its row asks for.
#pragma once

#include "lib/base/result.h"
#include "parsers/haproxy/sample.h"
#include "proxyd/samples/compile.h"
#include "proxyd/samples/table.h"

namespace proxyd::samples {

/// What messages call the argument that a letter of a row asks for: "integer".
std::string_view argument_type_name(char letter);

/// `spec`: the letters of a row (see table.h). Faults begin where the original's do after "invalid arg 1 in converter 'x' : "
/// or "fetch method 'x' : "; `argument` tells which one is at fault, from 1.
struct ArgumentFault {
  Fault fault;
  std::size_t argument = 1;
};
lib::base::Result<std::vector<Argument>, ArgumentFault> read_arguments(const parsers::haproxy::SampleCall& call,
                                                                       std::string_view spec, Environment& environment,
                                                                       std::string_view keyword);

}  // namespace proxyd::samples
