// ACLs that exist without being declared: TRUE, LOCALHOST, METH_GET, ...
#pragma once

#include <memory>
#include <string_view>

#include "proxyd/rules/condition.h"
#include "proxyd/samples/environment.h"

namespace proxyd::rules {

/// Null when there is none of that name.
std::shared_ptr<const Acl> make_predefined(std::string_view name, samples::Environment& environment);

/// True when the original has one of that name.
bool is_predefined(std::string_view name);

}  // namespace proxyd::rules
