// From an expression as written to one that can be evaluated.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "lib/base/result.h"
#include "parsers/haproxy/sample.h"
#include "proxyd/samples/environment.h"
#include "proxyd/samples/expression.h"

namespace proxyd::samples {

/// Why an expression is refused, as the original words it; offsets count within the text that was parsed.
struct Fault {
  std::string message;
  std::size_t offset = 0;
  std::size_t length = 0;
};
template <class T>
using Compiled = lib::base::Result<T, Fault>;
using ExpressionPtr = std::shared_ptr<const Expression>;

/// The whole expression. `fetch_name` is the name to look up where it is not the call's (an ACL's "hdr_beg" is "hdr").
Compiled<ExpressionPtr> compile(const parsers::haproxy::SampleExpression& parsed, Environment& environment,
                                std::string_view fetch_name = {});
/// From text; offsets in faults count in it.
Compiled<ExpressionPtr> compile(std::string_view text, Environment& environment);

/// "sample fetch <x> may not be reliably used here because it needs '...' which is not available here." or empty.
std::string unusable_text(const Expression& expression, std::string_view text, Place place);

/// True when the original knows a fetch or converter of that name.
bool is_known_fetch(std::string_view name);
bool is_known_converter(std::string_view name);

}  // namespace proxyd::samples
