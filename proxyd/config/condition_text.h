// The conditions of rules: `if` and `unless` with named and anonymous ACLs, given their meaning.
#pragma once

#include <memory>
#include <optional>
#include <string_view>

#include "proxyd/config/line.h"

namespace proxyd::config {

/// The words from `first` (`if` or `unless`) on; nothing after an alert that begins with `context`.
/// Null inside: always.
std::optional<std::shared_ptr<const rules::Condition>> read_condition(Line& line, std::size_t first,
                                                                      std::string_view context);

}  // namespace proxyd::config
