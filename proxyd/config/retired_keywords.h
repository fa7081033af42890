// Keywords that the original has retired, with its words about each.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "proxyd/config/keyword.h"

namespace proxyd::config {

struct RetiredKeyword {
  Scope scope;               // kGlobal or kAnyProxy
  std::string_view name;     // with "option " before an option's
  std::string_view message;  // "{}" stands for the first argument
  Style style = Style::Spaced;
  bool warning_only = false;
};

/// Null when that keyword is not a retired one of that scope.
const RetiredKeyword* find_retired(Scope scope, std::string_view name);

}  // namespace proxyd::config
