// Actions that decide, and those on variables.
#include <fmt/format.h>

#include <array>

#include "proxyd/config/condition_text.h"
#include "proxyd/config/rule_line.h"
#include "proxyd/rules/simple_actions.h"
#include "proxyd/rules/variable_actions.h"

namespace proxyd::config {

namespace {

using ActionPtr = std::unique_ptr<const rules::Action>;
using rules::Flow;

template <Flow flow>
ActionPtr conclude(RuleLine& rule) {
  rule.is_final = true;
  return std::make_unique<rules::Conclude>(flow);
}

ActionPtr read_strict_mode(RuleLine& rule) {
  const std::string_view word = rule.line.word(rule.at);
  if (word.empty()) {
    rule.fail(rule.at, "expects exactly 1 arguments");
    return nullptr;
  }
  if (word != "on" && word != "off") {
    rule.fail(rule.at, fmt::format("Unexpected value '{}'. Only 'on' and 'off' are supported", word));
    return nullptr;
  }
  ++rule.at;
  return std::make_unique<rules::StrictMode>(word == "on");
}

constexpr auto kFlow = std::to_array<ActionRow>({
    {"allow", kHttpRules, conclude<Flow::Allow>, "", "Look at no further rule of this list."},
    {"accept", kTcpRules, conclude<Flow::Allow>, "", "Look at no further rule of this list."},
    {"reject", kTcpRules | kHttpRequest, conclude<Flow::Reject>, "", "Close the connection without an answer."},
    {"close", kTcpResponse, conclude<Flow::Close>, "", "Close the server's connection; the client gets what has come so far."},
    {"strict-mode", kHttpRules, read_strict_mode, "{ on | off }", "Whether a change for which there is no room ends the request."},
});

constexpr std::string_view kVariableForms =
    "Expects 'set-var(<var-name>)', 'set-var-fmt(<var-name>)' or 'unset-var(<var-name>)'";

/// The variable between the parentheses, and the conditions after it.
std::optional<samples::Variable> read_variable(RuleLine& rule, samples::SetConditions& conditions) {
  if (rule.is_open || rule.word.find('(') == std::string_view::npos) {
    rule.fail(rule.at - 1, rule.is_open ? fmt::format("incomplete argument after action '{}'. {}", rule.word, kVariableForms)
                                        : fmt::format("invalid or incomplete action '{}'. {}", rule.word, kVariableForms));
    return std::nullopt;
  }
  std::string_view rest = rule.parameter;
  const std::string_view name = rest.substr(0, rest.find(','));
  rest.remove_prefix(std::min(rest.size(), name.size() + 1));
  conditions = 0;
  while (!rest.empty()) {
    const std::string_view word = rest.substr(0, rest.find(','));
    const auto condition = samples::find_set_condition(word);
    if (!condition) {
      rule.fail(rule.at - 1, fmt::format("unknown condition '{}'", word));
      return std::nullopt;
    }
    conditions = static_cast<samples::SetConditions>(conditions | *condition);
    rest.remove_prefix(std::min(rest.size(), word.size() + 1));
  }
  const auto variable = environment_of(rule.line).variables->find_or_add(name);
  if (!variable) {
    std::string why = samples::bad_variable_name(name);
    if (why.ends_with('.')) why.pop_back();
    rule.fail(rule.at - 1, why);
  }
  return variable;
}

ActionPtr read_set_variable(RuleLine& rule) {
  samples::SetConditions conditions{};
  const auto variable = read_variable(rule, conditions);
  if (!variable) return nullptr;
  auto expression = rule.expression();
  if (expression == nullptr) return nullptr;
  return std::make_unique<rules::SetVariable>(*variable, conditions, std::move(expression));
}

ActionPtr read_set_variable_format(RuleLine& rule) {
  samples::SetConditions conditions{};
  const auto variable = read_variable(rule, conditions);
  if (!variable) return nullptr;
  if (!rule.has_more()) {
    rule.fail(rule.at, "missing format string");
    return nullptr;
  }
  auto format = rule.format();
  if (!format) return nullptr;
  return std::make_unique<rules::SetVariableText>(*variable, conditions, std::move(*format));
}

ActionPtr read_unset_variable(RuleLine& rule) {
  samples::SetConditions conditions{};
  const auto variable = read_variable(rule, conditions);
  if (!variable) return nullptr;
  return std::make_unique<rules::UnsetVariable>(*variable);
}

constexpr auto kVariable = std::to_array<ActionRow>({
    {"set-var", kTcpRules | kHttpRules, read_set_variable, "(<variable>[,<condition>...]) <expression>", "Set a variable."},
    {"set-var-fmt", kTcpRules | kHttpRules, read_set_variable_format, "(<variable>[,<condition>...]) <format>",
     "The same from a format."},
    {"unset-var", kTcpRules | kHttpRules, read_unset_variable, "(<variable>)", "Forget a variable."},
});

}  // namespace

std::span<const ActionRow> flow_actions() { return kFlow; }
std::span<const ActionRow> variable_actions() { return kVariable; }

}  // namespace proxyd::config
