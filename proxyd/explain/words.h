// What explain says of rules and algorithms. Pure.
#pragma once

#include <string>
#include <string_view>

#include "proxyd/config/model.h"
#include "proxyd/rules/action.h"

namespace proxyd::explain {

std::string_view words_for(rules::Flow flow);
std::string_view words_for(config::Algorithm algorithm);
/// " (name is yes, other is no)" for the named ACLs of a condition; empty where it names none.
std::string words_for(const rules::Condition* condition, samples::Context& context);
/// The lines of a head but for the empty one, each indented.
std::string indented_head(std::string_view message);

}  // namespace proxyd::explain
