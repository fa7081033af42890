// Variables as expressions read and write them.
#pragma once

#include "proxyd/samples/expression.h"

namespace proxyd::samples {

struct Environment;

/// False when it is not set, or its scope is not there. Text is copied into the arena where the store may change.
bool get_variable(const Variable& variable, Context& context, Sample& out);
/// False when its scope is not there.
bool set_variable(const Variable& variable, Context& context, const Sample& sample);
bool unset_variable(const Variable& variable, Context& context);

/// The variable that argument `index` names, as text; empty when it is not set or not named.
std::string_view variable_text(const Arguments& arguments, std::size_t index, Context& context);
/// Argument `index`, a number or a variable. False when the variable is not set.
bool argument_number(const Arguments& arguments, std::size_t index, Context& context, std::int64_t& out);
/// Argument `index`, text or a variable.
bool argument_text(const Arguments& arguments, std::size_t index, Context& context, std::string_view& out);

/// Conditions of set-var: "ifexists", "ifnotempty", ... as bits; nothing for an unknown word.
using SetConditions = std::uint8_t;
std::optional<SetConditions> find_set_condition(std::string_view word);
/// Sets it where the conditions hold.
bool set_variable_if(const Variable& variable, SetConditions conditions, Context& context, const Sample& sample);

/// Makes argument `index` a number or a variable at load time; empty, or what is wrong.
std::string check_number_or_variable(Argument& argument, Environment& environment);

}  // namespace proxyd::samples
