// What stands between the parentheses of "name(a,'b,c',\"d\")": the second reading of quotes and
// backslashes.
#pragma once

#include <cstddef>
#include <string_view>
#include <vector>

#include "parsers/haproxy/sample.h"

namespace parsers::haproxy {

struct ArgumentList {
  std::vector<SampleArgument> arguments;  // "()" has one empty argument here
  std::size_t end = 0;                    // offset of the ')', or of the end of the text
  bool is_closed = false;
};

/// Reads from `begin`, the offset behind the '('. Backslash gives \\ \" \' "\ " \n \r \t; any other
/// stays as it is, and protects no comma or parenthesis: only quotes do.
ArgumentList read_arguments(std::string_view text, std::size_t begin);

/// Letters, digits and "_-.:": what names of fetches, converters and predicates are made of.
std::size_t name_length(std::string_view text);

}  // namespace parsers::haproxy
