// The conditions of rules: `if` and `unless` with named and anonymous ACLs, given their meaning.
#pragma once

#include <memory>
#include <optional>
#include <string_view>

#include "proxyd/config/line.h"
#include "proxyd/samples/place.h"

namespace proxyd::config {

/// The words from `first` (`if` or `unless`) on; nothing after an alert that begins with `context`.
/// Null inside: always. `at`: where the rule is evaluated; an ACL that finds nothing there is warned about.
std::optional<std::shared_ptr<const rules::Condition>> read_condition(
    Line& line, std::size_t first, std::string_view context,
    samples::Place at = samples::Place::FrontSwitch);

/// Lets acl() of the expressions that are compiled next see these ACLs.
void offer_acls(Draft& draft, AclTable& acls);

/// Makes the environment speak of this line: call it before compiling an expression or format of it.
samples::Environment& environment_of(Line& line);

}  // namespace proxyd::config
