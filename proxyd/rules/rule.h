// Rules in their order: conditions and actions. Pure.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "proxyd/rules/action.h"
#include "proxyd/rules/condition.h"

namespace proxyd::rules {

struct Rule {
  std::shared_ptr<const Condition> condition;  // null: always
  std::unique_ptr<const Action> action;
  std::string place;  // "file:line"
  bool is_line = false;  // of no list: "redirect"
  bool is_last = false;  // no rule behind it is ever looked at
  std::string text;   // as written, for those who ask why
};

/// Proxies share the rules that they have from a defaults section.
using RuleList = std::vector<std::shared_ptr<const Rule>>;

/// Where a list of rules was left.
struct End {
  Flow flow = Flow::Next;  // Next: at its end
  std::size_t at = 0;      // the rule that said so
};

/// Goes through the rules from `from` on until one of them has the last word, or has to wait.
End run_rules(const RuleList& rules, std::size_t from, Actor& actor, samples::Context& context);

}  // namespace proxyd::rules
