#include "proxyd/rules/rule.h"

namespace proxyd::rules {
namespace {

/// What follows from one rule; Missing when its condition cannot be decided yet.
Flow look_at(const Rule& rule, Actor& actor, samples::Context& context, bool& held) {
  const samples::ArenaScope scope{context.arena()};
  if (rule.condition) {
    const Verdict verdict = rule.condition->test(context);
    if (verdict == Verdict::Missing) return Flow::Missing;
    if (verdict == Verdict::No) return Flow::Next;
  }
  held = true;
  return rule.action->run(actor, context);
}

}  // namespace

End run_rules(const RuleList& rules, std::size_t from, Actor& actor, samples::Context& context) {
  actor.waiting_rule = nullptr;
  for (std::size_t i = from; i < rules.size(); ++i) {
    bool held = false;
    Flow flow = look_at(*rules[i], actor, context, held);
    if (flow == Flow::Failed && !actor.is_strict) {
      actor.note_failed_rewrite();
      flow = Flow::Next;
    }
    if (actor.observer != nullptr) actor.observer->saw(*rules[i], held, flow, context);
    if (flow == Flow::Next) continue;
    if (flow == Flow::Missing || flow == Flow::Wait) actor.waiting_rule = rules[i].get();
    else if (!rules[i]->is_line) actor.last_rule = rules[i].get();
    return {flow, i};
  }
  return {Flow::Next, rules.size()};
}

}  // namespace proxyd::rules
