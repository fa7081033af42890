// The fetch methods: one row each, with how to build it.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "lib/base/result.h"
#include "proxyd/samples/expression.h"

namespace proxyd::samples {

/// Arguments after checking: `texts` in order; a number that is missing is 0.
struct FetchArguments {
  std::string text;    // the first one, in lower case for header names
  int occurrence = 0;  // the second one
};

struct Fetch {
  std::string_view name;
  Type type = Type::None;
  bool has_derivatives = false;  // "path" has path_beg, path_end, ...
  std::uint8_t most_arguments = 0;
  std::shared_ptr<const Expression> (*make)(const FetchArguments& arguments) = nullptr;
  std::string_view usage;
  std::string_view doc;
};

std::span<const Fetch> fetches();
/// Null when there is none of that name.
const Fetch* find_fetch(std::string_view name);

}  // namespace proxyd::samples
