// Converters that read, set or compare variables, and those that fill captures.
#include <algorithm>
#include <array>
#include <utility>

#include "lib/base/text.h"
#include "proxyd/samples/table.h"
#include "proxyd/samples/variable_access.h"

namespace proxyd::samples {
namespace {

constexpr SetConditions kExists = 1, kNotExists = 2, kEmpty = 4, kNotEmpty = 8, kSet = 16, kNotSet = 32, kGreater = 64,
                        kLess = 128;
constexpr auto kConditions = std::to_array<std::pair<std::string_view, SetConditions>>({{"ifexists", kExists},
                                                                                        {"ifnotexists", kNotExists},
                                                                                        {"ifempty", kEmpty},
                                                                                        {"ifnotempty", kNotEmpty},
                                                                                        {"ifset", kSet},
                                                                                        {"ifnotset", kNotSet},
                                                                                        {"ifgt", kGreater},
                                                                                        {"iflt", kLess}});

bool holds(SetConditions conditions, bool is_set, const Sample& old, const Sample& sample) {
  const bool is_empty = sample.is_text() ? sample.text.empty() : sample.type == Type::None;
  if ((conditions & kExists) != 0 && !is_set) return false;
  if ((conditions & kNotExists) != 0 && is_set) return false;
  if ((conditions & kEmpty) != 0 && !is_empty) return false;
  if ((conditions & kNotEmpty) != 0 && is_empty) return false;
  if ((conditions & kSet) != 0 && !is_set) return false;
  if ((conditions & kNotSet) != 0 && is_set) return false;
  const bool both_numbers = old.type == Type::Int && sample.type == Type::Int;
  if ((conditions & kGreater) != 0 && is_set && (!both_numbers || sample.number <= old.number)) return false;
  if ((conditions & kLess) != 0 && is_set && (!both_numbers || sample.number >= old.number)) return false;
  return true;
}

bool store(const Arguments& arguments, Context& context, Sample& sample) {
  return set_variable_if(arguments.list[0].variable, static_cast<SetConditions>(arguments.list[0].number), context, sample);
}

bool forget(const Arguments& arguments, Context& context, Sample&) {
  (void)unset_variable(arguments.list[0].variable, context);  // what is not set is not missed
  return true;
}

std::string check_variable(Arguments& arguments, Environment& environment) {
  Argument& argument = arguments.list[0];
  const auto variable = environment.variables->find_or_add(argument.text);
  if (!variable) return bad_variable_name(argument.text);
  argument.variable = *variable;
  argument.is_variable = true;
  SetConditions conditions = 0;
  for (std::size_t i = 1; i < arguments.list.size() && arguments.has(i); ++i) {
    const auto condition = find_set_condition(arguments.text(i));
    if (!condition) return "unknown condition \"" + arguments.list[i].text + "\"";
    conditions = static_cast<SetConditions>(conditions | *condition);
  }
  argument.number = conditions;
  return {};
}

bool compare(const Arguments& arguments, Context& context, Sample& sample) {
  Sample other;
  if (!get_variable(arguments.list[0].variable, context, other) || !cast(other, Type::Text, context.arena())) return false;
  const std::size_t common = std::min(sample.text.size(), other.text.size());
  for (std::size_t i = 0; i < common; ++i) {
    const int difference = static_cast<unsigned char>(sample.text[i]) - static_cast<unsigned char>(other.text[i]);
    if (difference != 0) return sample.set_number(difference);
  }
  return sample.set_number(static_cast<std::int64_t>(sample.text.size()) - static_cast<std::int64_t>(other.text.size()));
}

/// In a time that tells nothing of where they differ.
bool compare_secretly(const Arguments& arguments, Context& context, Sample& sample) {
  Sample other;
  if (!get_variable(arguments.list[0].variable, context, other) || !cast(other, Type::Binary, context.arena())) return false;
  if (sample.text.size() != other.text.size()) return sample.set(false);
  unsigned difference = 0;
  for (std::size_t i = 0; i < sample.text.size(); ++i)
    difference |= static_cast<unsigned>(static_cast<unsigned char>(sample.text[i] ^ other.text[i]));
  return sample.set(difference == 0);
}

bool capture_request(const Arguments& arguments, Context& context, Sample& sample) {
  return context.subject.capture(false, static_cast<std::uint32_t>(arguments.number(0)), sample.text);
}

bool capture_response(const Arguments& arguments, Context& context, Sample& sample) {
  return context.subject.capture(true, static_cast<std::uint32_t>(arguments.number(0)), sample.text);
}

constexpr auto kRows = std::to_array<Converter>({
    {"capture-req", Type::Text, Type::Text, "i", capture_request},
    {"capture-res", Type::Text, Type::Text, "i", capture_response},
    {"secure_memcmp", Type::Binary, Type::Bool, "s", compare_secretly, check_variable},
    {"set-var", Type::Any, Type::Same, "s?ssss", store, check_variable},
    {"strcmp", Type::Text, Type::Int, "s", compare, check_variable},
    {"unset-var", Type::Any, Type::Same, "s", forget, check_variable},
});

}  // namespace

bool get_variable(const Variable& variable, Context& context, Sample& out) {
  if (variable.scope == Scope::Process) {
    const ProcessVariables* const all = context.subject.process_variables();
    return all != nullptr && all->get(variable.name, out, context.arena());
  }
  const VariableStore* const store = context.subject.variables(variable.scope);
  if (store == nullptr || !store->get(variable.name, out)) return false;
  if (out.is_text()) out.text = context.arena().keep(out.text);  // the store may move it
  return true;
}

bool set_variable(const Variable& variable, Context& context, const Sample& sample) {
  if (variable.scope == Scope::Process) {
    ProcessVariables* const all = context.subject.process_variables();
    if (all != nullptr) all->set(variable.name, sample);
    return all != nullptr;
  }
  VariableStore* const store = context.subject.variables(variable.scope);
  if (store != nullptr) store->set(variable.name, sample);
  return store != nullptr;
}

bool unset_variable(const Variable& variable, Context& context) {
  if (variable.scope == Scope::Process) {
    ProcessVariables* const all = context.subject.process_variables();
    if (all != nullptr) all->unset(variable.name);
    return all != nullptr;
  }
  VariableStore* const store = context.subject.variables(variable.scope);
  if (store != nullptr) store->unset(variable.name);
  return store != nullptr;
}

std::string_view variable_text(const Arguments& arguments, std::size_t index, Context& context) {
  Sample value;
  if (index >= arguments.list.size() || !arguments.list[index].is_variable) return {};
  if (!get_variable(arguments.list[index].variable, context, value)) return {};
  return cast(value, Type::Text, context.arena()) ? value.text : std::string_view{};
}

bool argument_number(const Arguments& arguments, std::size_t index, Context& context, std::int64_t& out) {
  const Argument& argument = arguments.list[index];
  out = argument.number;
  if (!argument.is_variable) return true;
  Sample value;
  if (!get_variable(argument.variable, context, value) || !cast(value, Type::Int, context.arena())) return false;
  out = value.number;
  return true;
}

bool argument_text(const Arguments& arguments, std::size_t index, Context& context, std::string_view& out) {
  const Argument& argument = arguments.list[index];
  out = argument.text;
  if (!argument.is_variable) return true;
  Sample value;
  if (!get_variable(argument.variable, context, value) || !cast(value, Type::Binary, context.arena())) return false;
  out = value.text;
  return true;
}

std::optional<SetConditions> find_set_condition(std::string_view word) {
  for (const auto& [name, bit] : kConditions)
    if (name == word) return bit;
  return std::nullopt;
}

bool set_variable_if(const Variable& variable, SetConditions conditions, Context& context, const Sample& sample) {
  if (conditions != 0) {
    Sample old;
    const bool is_set = get_variable(variable, context, old);
    if (!holds(conditions, is_set, old, sample)) return true;
  }
  return set_variable(variable, context, sample);
}

std::string check_number_or_variable(Argument& argument, Environment& environment) {
  if (!argument.given) {
    argument.number = 0;  // the original takes nothing for 0
    return {};
  }
  if (const auto number = lib::base::parse_number<std::int64_t>(argument.text)) {
    argument.number = *number;
    return {};
  }
  const auto variable = environment.variables->find_or_add(argument.text);
  if (!variable) return "expects an integer or a variable name";
  argument.variable = *variable;
  argument.is_variable = true;
  return {};
}

std::span<const Converter> variable_converters() { return kRows; }

}  // namespace proxyd::samples
